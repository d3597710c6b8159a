import { secretProblems, specProblems, type AppSpec, type Volume } from "../../components/app/spec";
import { hostName, kubernetesName, nodePortPair } from "../../components/shared/names";
import type { Problem } from "../../components/shared/problem";
import type { Entry } from "./catalogue";
import { merge } from "./merge";
import { place, type Document } from "./problems";
import { platformDefaults, type Layer, type Override } from "./project";
import type { SourceArgs } from "./sources";

/** What of a stack goes into its projects' settings. */
export interface StackContext {
  stack: string;
  defaults: Override;
  domain: string;
  /** What the number of a pair of NodePorts is added to; undefined where the stack has no NodePorts. */
  nodePortBase: number | undefined;
  /** Names of the stack's secrets. */
  secrets: readonly string[];
}

/** A project as it is to run in one stack. */
export interface Resolved {
  /** Kubernetes name. */
  name: string;
  spec: AppSpec;
  /** First part of its image repository. */
  group: string;
  source: SourceArgs;
  document: Document;
}

const defaultTargetCpu = 80;
const defaultAccess = "ReadWriteOnce";

/** Lays a project's settings over the stack's and the platform's, and checks the result as a whole. */
export function resolve(
  entry: Entry,
  context: StackContext,
): { resolved?: Resolved; problems: Problem[] } {
  const { document, file } = entry;
  const { name: project, kind, group = kind, environments = {}, ...own } = file;
  const override = environments[context.stack] ?? {};
  const complete = merge(platformDefaults[kind], context.defaults, own, override);
  const { dockerfile, config, ...layer } = complete;

  const problems = incomplete(layer, context);
  const spec = specOf(project, kind, layer, context);
  if (problems.length === 0) {
    problems.push(...specProblems(spec), ...secretProblems(spec, context.secrets));
  }
  if (problems.length > 0) {
    return { problems: problems.map((problem) => placed(document, context.stack, problem)) };
  }
  const source = { project, kind, dockerfile, config };
  return { resolved: { name: kubernetesName(project), spec, group, source, document }, problems };
}

/** What the layers together still do not say. */
function incomplete(layer: Layer, { stack, nodePortBase }: StackContext): Problem[] {
  const problems: Problem[] = [];
  const missing = (path: string, allowed: string) =>
    problems.push({
      path,
      allowed,
      mend: `it is missing: add \`${path}\``,
    });
  if (layer.port === undefined) missing("port", "a TCP port, 1 to 65535");
  if (layer.autoscale !== undefined && layer.autoscale.max === undefined) {
    missing("autoscale.max", "the most pods, 2 to 1000");
  }
  for (const [name, { path, size }] of Object.entries(layer.volumes ?? {})) {
    if (path === undefined) missing(`volumes.${name}.path`, "an absolute path");
    if (size === undefined) missing(`volumes.${name}.size`, "a size with Ki, Mi, Gi or Ti");
  }
  if (layer.expose === "nodePort" && nodePortBase === undefined) {
    problems.push({
      path: "expose",
      given: "nodePort",
      allowed: "ingress or none, since this stack has no NodePorts",
      mend: `or add \`slipway:nodePorts: {base: 31000}\` to Pulumi.${stack}.yaml`,
    });
  }
  return problems;
}

/** A project's settings in the words of the component; what is missing has been told by `incomplete`. */
function specOf(
  project: string,
  kind: AppSpec["kind"],
  { autoscale, volumes, hosts, nodePort, port, ...layer }: Omit<Layer, "dockerfile" | "config">,
  { domain, nodePortBase = 0 }: StackContext,
): AppSpec {
  const { max } = autoscale ?? {};
  return {
    ...layer,
    ...{ project, kind, port: port ?? 0 },
    ...(max === undefined ? {} : { autoscale: { cpu: defaultTargetCpu, ...autoscale, max } }),
    volumes: Object.fromEntries(
      Object.entries(volumes ?? {}).map(([name, volume]) => [name, volumeOf(volume)]),
    ),
    hosts: layer.expose === "ingress" ? (hosts ?? [hostName(project, domain)]) : [],
    ...(layer.expose === "nodePort"
      ? { nodePort: nodePortBase + (nodePort ?? nodePortPair(project)) }
      : {}),
  };
}

const volumeOf = ({
  path = "/",
  size = "0Gi",
  access = defaultAccess,
}: Partial<Volume>): Volume => ({
  path,
  size,
  access,
});

/** Places a problem where the project's file says it: in the part for this stack, or in the part for all. */
function placed(document: Document, stack: string, { path = "", ...problem }: Problem): Problem {
  const steps = path.split(".");
  const specific = ["environments", stack, ...steps];
  return place(document, has(document.value, specific) ? specific : steps, problem);
}

function has(value: unknown, path: readonly string[]): boolean {
  const [step, ...rest] = path;
  if (step === undefined) return true;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return false;
  return has((value as Record<string, unknown>)[step], rest);
}
