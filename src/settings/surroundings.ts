import { existsSync } from "node:fs";
import type * as pulumi from "@pulumi/pulumi";
import type { Controller } from "../../components/ingress/ingress";
import type { AppNamespaceArgs } from "../../components/namespace/namespace";
import type { Problem } from "../../components/shared/problem";
import { readContract, type SandboxContract } from "../../sandbox/contract";
import { imageRef, images } from "../versions";
import { findCluster, kubeconfigPath, type Cluster } from "./cluster";
import { place, suggestion, type Document } from "./problems";
import type { StackConfig } from "./stack";

/** What surrounds a stack's projects: cluster, registry, ingress. Absent is what has a problem. */
export interface Surroundings {
  cluster?: Cluster;
  registry?: AppNamespaceArgs["registry"];
  ingress?: { className: string; controller: Controller };
  sandbox?: SandboxContract;
}

/** What is looked into to find them. */
export interface SurroundingsArgs {
  document: Document;
  config: Partial<StackConfig>;
  secrets: Readonly<Record<string, pulumi.Output<string>>>;
  env: NodeJS.ProcessEnv;
}

type Found<T> = { value: T } | { problems: Problem[] };

/** Finds what surrounds a stack, and tells what cannot be found. */
export function findSurroundings(args: SurroundingsArgs): {
  found: Surroundings;
  problems: Problem[];
} {
  const problems: Problem[] = [];
  const take = <T>(result: Found<T> | undefined): T | undefined => {
    if (result === undefined) return undefined;
    if ("value" in result) return result.value;
    problems.push(...result.problems);
    return undefined;
  };
  const onSandbox = args.config.cluster?.kind === "sandbox";
  const sandbox = onSandbox ? take(findSandbox(args)) : undefined;
  const found = {
    sandbox,
    cluster: take(findStackCluster(args, sandbox)),
    registry: take(findRegistry(args, sandbox)),
    ingress: take(findIngress(args, sandbox)),
  };
  return { found, problems };
}

function findSandbox({ document, env }: SurroundingsArgs): Found<SandboxContract> {
  const path = env["SLIPWAY_SANDBOX"];
  const refuse = (allowed: string): Found<SandboxContract> => ({
    problems: [
      place(document, ["cluster", "kind"], {
        given: "sandbox",
        allowed,
        mend: 'npm run up, then in this shell: eval "$(npx slipway env)"',
      }),
    ],
  });
  if (path === undefined)
    return refuse("a sandbox that this shell knows of; SLIPWAY_SANDBOX is not set");
  if (!existsSync(path))
    return refuse(`a sandbox that runs; ${path}, which it writes, is not there`);
  try {
    return { value: readContract(path) };
  } catch {
    return refuse(`a sandbox of this version; ${path} is not what it writes`);
  }
}

function findStackCluster(
  { document, config: { cluster }, env }: SurroundingsArgs,
  sandbox: SandboxContract | undefined,
): Found<Cluster> | undefined {
  if (cluster === undefined) return undefined;
  if (cluster.kind === "sandbox" && sandbox === undefined) return undefined;
  const path = sandbox?.kubeconfig;
  const {
    file = "",
    context,
    identifier = `sandbox ${path ?? ""}`,
  } = cluster.kind === "sandbox" ? {} : cluster;
  const result = findCluster(path ?? kubeconfigPath(file, env), context, env);
  if ("value" in result) return { value: { ...result.value, identifier } };
  const { path: about = "file", ...problem } = result.problem;
  return { problems: [place(document, ["cluster", about], problem)] };
}

function findRegistry(
  { document, config: { registry, cluster }, secrets }: SurroundingsArgs,
  sandbox: SandboxContract | undefined,
): Found<AppNamespaceArgs["registry"]> | undefined {
  if (cluster?.kind === "sandbox") {
    if (registry === undefined) return sandbox && { value: { host: sandbox.registry } };
    const allowed = "nothing here: the sandbox brings its registry";
    return {
      problems: [
        place(document, ["registry"], { given: registry.host, allowed, mend: "remove it" }),
      ],
    };
  }
  if (registry === undefined) {
    // One that was given and does not hold has been told by its schema.
    if (isGiven(document, "registry")) return undefined;
    const allowed = "a mapping with the registry's host, such as {host: harbor:8080}";
    return {
      problems: [
        place(document, ["registry"], { allowed, mend: "it is missing: add `slipway:registry`" }),
      ],
    };
  }
  const { host, user, password: secret } = registry;
  if (user === undefined && secret === undefined) return { value: { host } };
  if (user === undefined || secret === undefined) {
    const missing = user === undefined ? "user" : "password";
    const allowed =
      "user and password together, or neither for a registry that is open to its nodes";
    return {
      problems: [place(document, ["registry", missing], { allowed, mend: `add \`${missing}\`` })],
    };
  }
  const password = secrets[secret];
  if (password !== undefined) return { value: { host, user, password } };
  const problem = {
    allowed: "the name of a secret of this stack; there is none of the name given",
    mend: `pulumi config set --secret slipway:secrets.<name>${suggestion(secret, Object.keys(secrets)) ?? ""}`,
  };
  return { problems: [place(document, ["registry", "password"], problem)] };
}

function findIngress(
  { document, config: { ingress, cluster } }: SurroundingsArgs,
  sandbox: SandboxContract | undefined,
): Found<{ className: string; controller: Controller }> | undefined {
  if (ingress === undefined) return undefined;
  const className = ingress.class;
  switch (ingress.controller) {
    case "managed": {
      const { image = imageRef(images.traefik), nodes } = ingress;
      return { value: { className, controller: { kind: "managed", image, nodes } } };
    }
    case "external":
      return {
        value: { className, controller: { kind: "external", namespace: ingress.namespace } },
      };
    case "sandbox": {
      if (cluster?.kind === "sandbox") {
        return {
          value: { className, controller: { kind: "sandbox", port: sandbox?.ingressPort } },
        };
      }
      const allowed = "managed or external: only a sandbox brings its own";
      return {
        problems: [place(document, ["ingress", "controller"], { given: "sandbox", allowed })],
      };
    }
  }
}

const isGiven = ({ value }: Document, key: string): boolean =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key);
