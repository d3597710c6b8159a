import { createRequire } from "node:module";
import { place } from "../../components/shared/config/document";
import { defineModule } from "../../components/shared/module";
import type * as Declaring from "./declare";
import { bannerConfig } from "./config";
import type { BannerTypes } from "./types";

const load = createRequire(__filename);

/** A part of the platform that no stack has but that of `test/program/toy.test.ts`: it shows what a part is made of. */
export const banner = defineModule<BannerTypes>()({
  key: "banner",
  config: bannerConfig,
  reads: ["namespace"],
  needs: ["cluster", "namespace"],
  images: {
    page: {
      repository: "docker.io/library/nginx",
      tag: "1.29.3",
      see: "https://nginx.org/en/CHANGES",
    },
  },

  resolve: ({ banner: config }, { document, settings }) => {
    if (config === undefined) return {};
    const { pods = Infinity } = settings.namespace?.quota ?? {};
    if (config.replicas <= pods) return { value: config };
    const allowed = `at most the ${pods} pods of \`slipway:quota\``;
    return {
      problems: [
        place(document, ["banner", "replicas"], {
          given: `${config.replicas}`,
          allowed,
          fix: "raise the quota, or lower `replicas`",
        }),
      ],
    };
  },

  plan: (settings) => ({
    value: { words: settings.text.split(" ").length },
    lines: [`the banner says: ${settings.text}`],
  }),

  declare: (args) => (load("./declare.ts") as typeof Declaring).declareBanner(args),
  backups: () => [{ part: "volumes", holds: "who has read the banner" }],
  links: () => [{ url: "http://banner.example", purpose: "what people read" }],
});
