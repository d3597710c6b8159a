import { existsSync } from "node:fs";
import type * as pulumi from "@pulumi/pulumi";
import { httpPort, type Controller } from "../../components/ingress/ingress";
import type { AppNamespaceArgs } from "../../components/namespace/namespace";
import type { Problem } from "../../components/shared/problem";
import { readContract, type SandboxContract } from "../../sandbox/contract";
import { imageRef, images } from "../versions";
import { readAuthorities } from "./authorities";
import { edgeMachines } from "./edge";
import { findCluster, kubeconfigPath, type Cluster } from "./cluster";
import type { FoundHosts } from "../../components/shared/machine/facts";
import { place, type Document } from "./problems";
import { readRoom, type Room, type RoomArgs } from "./room";
import type { StackConfig } from "./stack";
import { secretPrefix } from "./stackfile";

/** What surrounds a stack's projects: cluster, registry, ingress. Absent is what has a problem. */
export interface Surroundings {
  cluster?: Cluster | Room;
  registry?: AppNamespaceArgs["registry"];
  ingress?: { className: string; controller: Controller };
  sandbox?: SandboxContract;
}

/** What is looked into to find them. */
export interface SurroundingsArgs {
  checkout: string;
  document: Document;
  config: Partial<StackConfig>;
  secrets: Readonly<Record<string, pulumi.Output<string>>>;
  env: NodeJS.ProcessEnv;
  /** What was found of the machines of a cluster that is made here. */
  machines: FoundHosts | undefined;
  now: Date;
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
  const read = readAuthorities(args);
  problems.push(...read.problems);
  const found = {
    sandbox,
    cluster: findRoom({ ...args, ...read }, problems) ?? take(findStackCluster(args, sandbox)),
    registry: take(findRegistry(args, sandbox)),
    ingress: findIngress(args, sandbox),
  };
  return { found, problems };
}

function findSandbox({ document, env }: SurroundingsArgs): Found<SandboxContract> {
  const path = env["SLIPWAY_SANDBOX"];
  const refuseAs = (allowed: string) =>
    refuse(document, ["cluster", "kind"], {
      given: "sandbox",
      allowed,
      mend: 'npm run up, then in this shell: eval "$(./slipway env)"',
    });
  if (path === undefined) {
    return refuseAs("a sandbox that this shell knows of; SLIPWAY_SANDBOX is not set");
  }
  if (!existsSync(path)) {
    return refuseAs(`a sandbox that runs; ${path}, which it writes, is not there`);
  }
  try {
    return { value: readContract(path) };
  } catch {
    return refuseAs(`a sandbox of this version; ${path} is not what it writes`);
  }
}

function findRoom(
  args: SurroundingsArgs & Pick<RoomArgs, "authorities">,
  problems: Problem[],
): Room | undefined {
  const { cluster } = args.config;
  if (cluster?.kind !== "hosts") return undefined;
  const read = readRoom({ ...args, cluster, found: args.machines });
  problems.push(...read.problems);
  return read.room;
}

function findStackCluster(
  { document, config: { cluster }, env }: SurroundingsArgs,
  sandbox: SandboxContract | undefined,
): Found<Cluster> | undefined {
  if (cluster?.kind === "kubeconfig") {
    const { file, context, identifier } = cluster;
    const result = findCluster(kubeconfigPath(file, env), context, env);
    if ("value" in result) return { value: { kind: "kubeconfig", ...result.value, identifier } };
    const { about, ...problem } = result.problem;
    return refuse(document, ["cluster", about], problem);
  }
  if (sandbox === undefined) return undefined;
  const { kubeconfig } = sandbox;
  const result = findCluster(kubeconfig, undefined, env);
  if ("value" in result) {
    const identifier = `sandbox ${kubeconfig}`;
    return { value: { kind: "kubeconfig", ...result.value, identifier } };
  }
  const { given, allowed, mend } = result.problem;
  return refuse(document, ["cluster", "kind"], { given, allowed, mend });
}

function findRegistry(
  { document, config: { registry, cluster }, secrets }: SurroundingsArgs,
  sandbox: SandboxContract | undefined,
): Found<AppNamespaceArgs["registry"]> | undefined {
  if (cluster?.kind === "sandbox") {
    if (registry === undefined) return sandbox && { value: { host: sandbox.registry } };
    const allowed = "nothing here: the sandbox brings its registry";
    return refuse(document, ["registry"], { given: registry.host, allowed, mend: "remove it" });
  }
  if (registry === undefined) {
    // One that was given and does not hold has been told by its schema.
    if (isGiven(document, "registry")) return undefined;
    return refuse(document, ["registry"], {
      allowed: "a mapping with the registry's host, such as {host: harbor:8080}",
      mend: "it is missing: add `slipway:registry`",
    });
  }
  const { host, user, password: secret } = registry;
  if (user === undefined && secret === undefined) return { value: { host } };
  if (user === undefined || secret === undefined) {
    const missing = user === undefined ? "user" : "password";
    return refuse(document, ["registry", missing], {
      allowed: "user and password together, or neither for a registry that is open to its nodes",
      mend: `add \`${missing}\``,
    });
  }
  const password = secrets[secret];
  if (password !== undefined) return { value: { host, user, password } };
  return refuse(document, ["registry", "password"], {
    allowed: "the name of a secret of this stack; there is none of the name given",
    mend: `pulumi config set --secret ${secretPrefix}<name>`,
  });
}

/** A sandbox brings the controller's image, and a port of this machine that leads to it where a node is real. */
function findIngress(
  { config }: SurroundingsArgs,
  sandbox: SandboxContract | undefined,
): Surroundings["ingress"] {
  const { ingress, cluster } = config;
  if (ingress === undefined) return undefined;
  const { class: className, controller: kind } = ingress;
  if (kind === "external") return { className, controller: { kind, namespace: ingress.namespace } };
  const { image = sandbox?.templates?.traefik ?? imageRef(images.traefik), nodes } = ingress;
  const trusted = edgeMachines(config).map(({ address }) => address);
  const port = cluster?.kind === "sandbox" ? sandbox?.ingressPort : httpPort;
  return { className, controller: { kind, image, nodes, trusted, port } };
}

const refuse = (
  document: Document,
  path: readonly string[],
  problem: Omit<Problem, "file" | "path">,
) => ({
  problems: [place(document, path, problem)],
});

const isGiven = ({ value }: Document, key: string): boolean =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key);
