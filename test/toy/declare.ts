import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { PlatformComponent } from "../../components/shared/component";
import type { PlacementContract } from "../../components/shared/contracts";
import type { DeclareArgs, Declared } from "../../components/shared/module";
import type { BannerTypes } from "./types";

/** Declares the banner's text as an object of the projects' namespace. */
export function declareBanner({
  settings,
  plan,
  needs,
}: DeclareArgs<BannerTypes>): Declared<BannerTypes> {
  const { placement } = needs.namespace;
  new Banner({ ...settings, words: plan?.words ?? 0, placement }, needs.cluster.options);
  return { contract: { object: "banner" }, outputs: { banner: settings.text } };
}

interface BannerArgs {
  text: string;
  words: number;
  placement: PlacementContract;
}

class Banner extends PlatformComponent {
  constructor(args: BannerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Banner", "banner", opts);
    const { namespace } = args.placement;
    new k8s.core.v1.ConfigMap(
      "banner",
      {
        metadata: { name: "banner", namespace },
        data: { text: args.text, words: `${args.words}` },
      },
      this.child,
    );
    this.registerOutputs({});
  }
}
