import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import { textsOf } from "../shared/config/secrets";
import { place } from "../shared/config/document";
import { lookAtHosts } from "../shared/machine/look";
import { defineModule, type ResolveContext, type Result } from "../shared/module";
import type { Problem } from "../shared/problem";
import { readAuthorities } from "./authorities";
import { Authorities, ClusterConfig } from "./config";
import { etcdOf, planHosts, resolveHosts } from "./hosts";
import { findCluster, kubeconfigPath } from "./kubeconfig";
import { readContract, type SandboxContract } from "./sandbox";
import type * as Declaring from "./declare";
import type { ClusterSettings, ClusterTypes } from "./types";

const load = createRequire(__filename);

/** The cluster, and the certificate authorities that its machines and our commands must trust. */
export const cluster = defineModule<ClusterTypes>()({
  key: "cluster",
  config: { cluster: ClusterConfig, authorities: Authorities },

  resolve: ({ cluster: config, authorities: files = {} }, context) => {
    const { authorities, problems } = readAuthorities({ ...context, files });
    const found = config === undefined ? {} : resolveCluster(config, authorities, context);
    return { ...found, problems: [...problems, ...(found.problems ?? [])] };
  },

  inspect: async (settings, { secrets }) =>
    await lookAtHosts(settings.kind === "hosts" ? settings.spec.hosts : [], textsOf(secrets)),

  plan: (settings, facts, { document }) =>
    settings.kind === "hosts" ? planHosts(settings, facts, document) : {},

  declare: (args) => (load("./declare.ts") as typeof Declaring).declareCluster(args),

  backups: (settings) => (settings.kind === "hosts" ? [etcdOf(settings.spec.name)] : []),
});

function resolveCluster(
  config: ClusterConfig,
  authorities: Readonly<Record<string, string>>,
  context: ResolveContext<ClusterTypes>,
): Result<ClusterSettings> {
  const { checkout, document, secrets, env } = context;
  switch (config.kind) {
    case "hosts":
      return resolveHosts(config, { checkout, document, authorities, secrets: secrets.names });
    case "kubeconfig": {
      const { file, context: wanted, identifier } = config;
      const found = findCluster(kubeconfigPath(file, env), wanted, env);
      if ("value" in found) return { value: { kind: "kubeconfig", ...found.value, identifier } };
      const { about, ...problem } = found.problem;
      return { problems: [place(document, ["cluster", about], problem)] };
    }
    case "sandbox":
      return findSandbox(context);
  }
}

function findSandbox({ document, env }: ResolveContext<ClusterTypes>): Result<ClusterSettings> {
  const refuse = (problem: Omit<Problem, "file" | "path">): Result<never> => ({
    problems: [place(document, ["cluster", "kind"], problem)],
  });
  const path = env["SLIPWAY_SANDBOX"];
  const refuseAs = (allowed: string): Result<never> =>
    refuse({
      given: "sandbox",
      allowed,
      fix: 'npm run up, then in this shell: eval "$(./slipway env)"',
    });
  if (path === undefined)
    return refuseAs("a sandbox that this shell knows of; SLIPWAY_SANDBOX is not set");
  if (!existsSync(path))
    return refuseAs(`a sandbox that runs; ${path}, which it writes, is not there`);
  let sandbox: SandboxContract;
  try {
    sandbox = readContract(path);
  } catch {
    return refuseAs(`a sandbox of this version; ${path} is not what it writes`);
  }
  const { kubeconfig, simulated } = sandbox;
  const found = findCluster(kubeconfig, undefined, env);
  if ("problem" in found) {
    const { given, allowed, fix } = found.problem;
    return refuse({ given, allowed, fix });
  }
  const identifier = `sandbox ${kubeconfig}`;
  return { value: { kind: "kubeconfig", ...found.value, identifier, sandbox }, simulated };
}
