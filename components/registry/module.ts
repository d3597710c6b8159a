import type { z } from "zod";
import { place } from "../shared/config/document";
import { secretPrefix } from "../shared/config/secrets";
import type { RegistryAccess } from "../shared/contracts";
import { defineModule, type ResolveContext, type Result } from "../shared/module";
import type { Problem } from "../shared/problem";
import { RegistryConfig } from "./config";

/** Settings of other parts that the registry reads. */
interface Reads {
  cluster: { sandbox?: { registry: string } | undefined };
}

interface Types {
  settings: RegistryAccess;
  reads: Reads;
}

/** The registry of images; a sandbox provides its own. */
export const registry = defineModule<Types>()({
  key: "registry",
  config: { registry: RegistryConfig },
  reads: ["cluster"],
  resolve: ({ registry: given }, context) => findRegistry(given, context),
  links: ({ host, plain = false }) => [
    {
      url: `${plain ? "http" : "https"}://${host}`,
      purpose: "images",
      health: "/v2/",
    },
  ],
});

function findRegistry(
  given: z.output<typeof RegistryConfig>,
  { config, document, secrets, settings }: ResolveContext<Types>,
): Result<RegistryAccess> {
  const refuse = (path: readonly string[], problem: Omit<Problem, "file" | "path">) => ({
    problems: [place(document, path, problem)],
  });
  const { cluster } = config as { cluster?: { kind: string } };
  if (cluster?.kind === "sandbox") {
    const { sandbox } = settings.cluster ?? {};
    if (given === undefined) return { value: sandbox && { host: sandbox.registry, plain: true } };
    const allowed = "nothing here: the sandbox brings its registry";
    return refuse(["registry"], { given: given.host, allowed, fix: "remove it" });
  }
  if (given === undefined) {
    // The schema has reported an invalid one.
    if (Object.hasOwn(document.value as object, "registry")) return {};
    return refuse(["registry"], {
      allowed: "a mapping with the registry's host, such as {host: harbor:8080}",
      fix: "it is missing: add `slipway:registry`",
    });
  }
  const { host, user, password } = given;
  if (user === undefined && password === undefined) return { value: { host } };
  if (user === undefined || password === undefined) {
    const missing = user === undefined ? "user" : "password";
    return refuse(["registry", missing], {
      allowed: "user and password together, or neither for a registry that is open to its nodes",
      fix: `add \`${missing}\``,
    });
  }
  if (secrets.names.includes(password)) return { value: { host, user, password } };
  return refuse(["registry", "password"], {
    allowed: "the name of a secret of this stack; there is none of the name given",
    fix: `pulumi config set --secret ${secretPrefix}<name>`,
  });
}
