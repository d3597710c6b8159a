import { queriesOf } from "../../components/app/check";
import { secretProblems, specProblems, type AppSpec, type Volume } from "../../components/app/spec";
import { hostName, kubernetesName, nodePortPair } from "../../components/shared/names";
import type { Problem } from "../../components/shared/problem";
import { byteCount } from "../../components/shared/units";
import type { Entry } from "./catalogue";
import { merge } from "./merge";
import { place, type Document } from "../../components/shared/config/document";
import { platformDefaults, VersionSettings, type Layer, type Override } from "./project";
import type { ReleaseRecord } from "../records/record";
import type { SourceArgs } from "../build/sources";
import {
  readVersionSettings,
  withoutVersion,
  writeVersionSettings,
} from "../records/version-settings";

/** What of a stack goes into its projects' settings. */
export interface ProjectContext {
  stack: string;
  /** `Pulumi.<stack>.yaml`. */
  file: Document;
  defaults: Override;
  /** The domain that host names are made below; undefined where the stack's own does not hold, which has been reported. */
  domain: string | undefined;
  /** What the number of a pair of NodePorts is added to; undefined where the stack has no NodePorts. */
  nodePortBase: number | undefined;
  /** The same for versions on their way. */
  nextNodePortBase: number | undefined;
  /** Names of the stack's secrets. */
  secrets: readonly string[];
  /** The stack's records. */
  releases: Readonly<Record<string, ReleaseRecord>>;
  /** Image that asks a check's questions, undefined where the stack has none; absent where nobody can say. */
  probes?: { image: string | undefined };
  /** Address of the stack's Prometheus; undefined where it names none. */
  prometheus: string | undefined;
}

/** Keys of a stack that its projects' settings come from. */
export interface ProjectKeys {
  defaults?: Override | undefined;
  releases?: Readonly<Record<string, ReleaseRecord>> | undefined;
  nodePorts?: { base: number; next?: number | undefined } | undefined;
}

/** What goes into projects' settings, from the stack's keys and what is known besides. */
export const projectContext = (
  { defaults = {}, releases = {}, nodePorts }: ProjectKeys,
  rest: Omit<ProjectContext, "defaults" | "releases" | "nodePortBase" | "nextNodePortBase">,
): ProjectContext => ({
  ...rest,
  defaults,
  releases,
  nodePortBase: nodePorts?.base,
  nextNodePortBase: nodePorts?.next,
});

/** What a version of a project runs with. */
export interface RunsWith {
  spec: AppSpec;
  source: SourceArgs;
  /** The settings that belong to the version, as records keep them. */
  settings: string;
}

/** A project as it is to run in one stack: with the settings of the version on its way, else of the one that serves. */
export interface Resolved extends RunsWith {
  /** Kubernetes name. */
  name: string;
  /** First part of its image repository. */
  group: string;
  /** What the version that serves runs with, where another one is on its way. */
  live?: RunsWith;
  /** What the files say of a version's settings, whatever its record keeps. */
  filed: string;
  /** Every volume that the files or one of these versions name: none goes because a release comes, or is taken back. */
  claims: Readonly<Record<string, Volume>>;
  document: Document;
}

const defaultTargetCpu = 80;
const defaultAccess = "ReadWriteOnce";

/** Lays a project's settings over the stack's and the platform's, and checks the result as a whole. */
export function resolve(
  entry: Entry,
  context: ProjectContext,
): { resolved?: Resolved; problems: Problem[] } {
  const { document, file } = entry;
  const { name: project, kind, group = kind, environments = {}, ...own } = file;
  const layers = [context.defaults, own, environments[context.stack] ?? {}];
  const ofFile = merge(platformDefaults[kind], ...layers);
  const record = context.releases[project];
  const filed = writeVersionSettings(...layers, askedAs(project, ofFile, context));
  // A version that runs is asked as it was when it came: its pods are not to be replaced because its hosts are others.
  const steady = [...layers, askedAs(project, ofFile, context, record?.settings)];
  const { settings, live: liveSettings } = kept(record);
  const problems: Problem[] = [];
  const withSettings = (kept: string | undefined): RunsWith | undefined => {
    const complete =
      kept === undefined
        ? merge(platformDefaults[kind], ...steady)
        : merge(platformDefaults[kind], ...layers.map(withoutVersion), readVersionSettings(kept));
    const { problems: found, spec, source } = laidOut(project, kind, complete, context);
    const where = { document, project, context, kept: kept !== undefined };
    problems.push(...found.map((problem) => placed(where, problem)));
    return spec && { spec, source, settings: kept ?? writeVersionSettings(...steady) };
  };
  const declared = withSettings(settings);
  const live = liveSettings === undefined ? undefined : withSettings(liveSettings);
  if (problems.length > 0 || declared === undefined) return { problems };
  const claims = {
    ...(settings !== undefined && volumesOf(ofFile)),
    ...together(live?.spec.volumes ?? {}, declared.spec.volumes),
  };
  const named = { name: kubernetesName(project), group, filed, claims, document };
  return { resolved: { ...declared, ...named, ...(live && { live }) }, problems };
}

/** Volumes of several versions: of one that they share the latter's, as large as any has it. */
function together(...layers: readonly AppSpec["volumes"][]): AppSpec["volumes"] {
  const all: AppSpec["volumes"] = {};
  for (const [name, volume] of layers.flatMap((layer) => Object.entries(layer))) {
    const before = all[name]?.size ?? volume.size;
    const size = byteCount(before) > byteCount(volume.size) ? before : volume.size;
    all[name] = { ...volume, size };
  }
  return all;
}

/** The name by which a version is asked whose file leaves that open: the one that it ran with, or its first host. */
function askedAs(
  project: string,
  { probes, expose, hosts }: Layer,
  { domain }: ProjectContext,
  ran?: string,
): Override {
  if (probes.host !== undefined) return {};
  const before = ran === undefined ? undefined : readVersionSettings(ran).probes?.host;
  const first = expose === "ingress" ? (hosts ?? hostsBelow(domain, project))[0] : undefined;
  const host = before ?? first;
  return host === undefined ? {} : { probes: { host } };
}

/** Settings that a record keeps: of the version that is declared, and of the one that serves beside it. */
function kept({ settings, pinned, next }: Partial<ReleaseRecord> = {}): {
  settings?: string | undefined;
  live?: string | undefined;
} {
  if (next !== undefined) return { settings: next.settings, live: settings };
  return pinned === true ? { settings } : {};
}

function laidOut(
  project: string,
  kind: AppSpec["kind"],
  complete: Layer,
  context: ProjectContext,
): { spec?: AppSpec; source: SourceArgs; problems: Problem[] } {
  const { dockerfile, config, configMode: mode, configPath: path, port, ...layer } = complete;
  const source = { project, kind, dockerfile, config, mode, path };
  const missing = incomplete(complete, context);
  if (missing.length > 0 || port === undefined) return { source, problems: missing };
  const spec = specOf(project, kind, { ...layer, port }, context);
  const { replicas } = context.releases[project] ?? {};
  if (replicas !== undefined) spec.replicas = replicas;
  const problems = [
    ...specProblems(spec),
    ...(mode === "bake" ? [] : configMountProblems(spec, path)),
    ...secretProblems(spec, context.secrets),
    ...probeImageProblems(spec, context),
    ...prometheusProblems(spec, context),
  ];
  return { spec, source, problems };
}

/** A configuration that is mounted where something else is; `path` may be where our Dockerfiles have it. */
export function configMountProblems(
  { writable, volumes }: AppSpec,
  path: string | undefined,
): Problem[] {
  const mounts = [...writable, ...Object.values(volumes).map((volume) => volume.path)];
  if (path === undefined || !mounts.includes(path)) return [];
  const allowed = "a path of its own: a volume or a writable directory is mounted at this one";
  return [{ path: "configPath", given: path, allowed, fix: "change one of the two" }];
}

/** What the layers together still do not say. */
function incomplete(layer: Layer, { stack, nodePortBase }: ProjectContext): Problem[] {
  const problems: Problem[] = [];
  const missing = (path: string, allowed: string) =>
    problems.push({
      path,
      allowed,
      fix: `it is missing: add \`${path}\``,
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
      fix: `or add \`slipway:nodePorts: {base: 31000}\` to Pulumi.${stack}.yaml`,
    });
  }
  return problems;
}

/** Settings of a release that need an image which the stack does not name. */
function probeImageProblems(
  { project, check, prepull }: AppSpec,
  { stack, probes, releases }: ProjectContext,
): Problem[] {
  // What has no record does not run where there is nothing to build it with.
  if (probes === undefined || probes.image !== undefined || !runsIn(releases, project)) return [];
  const fix = `add \`slipway:check: {image: …}\` to Pulumi.${stack}.yaml: an image with a static /bin/busybox, by digest`;
  const problems: Problem[] = [];
  if (check !== undefined && (check.kind !== "job" || check.image === undefined)) {
    const path = check.kind === "job" ? "check.job.image" : "check";
    problems.push({ path, allowed: "an image to run the check with; this stack names none", fix });
  }
  if (prepull) {
    const allowed = "false where the stack names no image to wait with until the other is pulled";
    problems.push({ path: "prepull", given: true, allowed, fix });
  }
  return problems;
}

const runsIn = (releases: ProjectContext["releases"], project: string): boolean =>
  releases[project] !== undefined && releases[project].removed !== true;

/** Queries that there is nobody to put to. */
function prometheusProblems({ check }: AppSpec, { stack, prometheus }: ProjectContext): Problem[] {
  if (prometheus !== undefined || queriesOf(check).length === 0) return [];
  const allowed = "queries where the stack names the Prometheus that answers them";
  const fix = `add \`slipway:prometheus: {url: http://prometheus.monitoring:9090}\` to Pulumi.${stack}.yaml`;
  return [{ path: "check.query", allowed, fix }];
}

/** A project's settings in the words of the component. */
function specOf(
  project: string,
  kind: AppSpec["kind"],
  {
    autoscale,
    volumes,
    hosts,
    nodePort,
    check,
    ...layer
  }: Omit<Layer, "dockerfile" | "config" | "configMode" | "configPath"> & { port: number },
  { domain, nodePortBase, nextNodePortBase }: ProjectContext,
): AppSpec {
  const pair = nodePort ?? nodePortPair(project);
  const { max } = autoscale ?? {};
  const numbered = layer.expose === "nodePort" && nodePortBase !== undefined;
  return {
    ...layer,
    project,
    kind,
    ...(max === undefined ? {} : { autoscale: { cpu: defaultTargetCpu, ...autoscale, max } }),
    ...(check === undefined || check.kind === "none" ? {} : { check }),
    volumes: volumesOf({ volumes }),
    hosts: layer.expose === "ingress" ? (hosts ?? hostsBelow(domain, project)) : [],
    ...(numbered ? { nodePort: nodePortBase + pair } : {}),
    ...(numbered && nextNodePortBase !== undefined
      ? { nextNodePort: nextNodePortBase + pair }
      : {}),
  };
}

const hostsBelow = (domain: string | undefined, project: string): string[] =>
  domain === undefined ? [] : [hostName(project, domain)];

/** Volumes that are said completely; of the others `incomplete` reports what is missing. */
const volumesOf = ({ volumes = {} }: Pick<Layer, "volumes">): AppSpec["volumes"] =>
  Object.fromEntries(
    Object.entries(volumes).flatMap(([name, { path, size, access = defaultAccess, backup }]) =>
      path === undefined || size === undefined
        ? []
        : [[name, { path, size, access, ...(backup === undefined ? {} : { backup }) }] as const],
    ),
  );

/** Places a problem where it was said: in the record, or in the project's file, in the part for this stack or for all. */
function placed(
  where: { document: Document; project: string; context: ProjectContext; kept: boolean },
  { path = "", ...problem }: Problem,
): Problem {
  const { document, project, kept } = where;
  const { stack, file, releases } = where.context;
  const steps = path.split(".");
  if (path === "replicas" && releases[project]?.replicas !== undefined) {
    return place(file, ["releases", project, path], problem);
  }
  if (kept && steps[0] !== undefined && steps[0] in VersionSettings.shape) {
    const fix = `${problem.fix ?? "put it right"}; it is kept in the record, which a release of the project with its file's settings replaces`;
    return { ...place(file, ["releases", project], { ...problem, fix }), path };
  }
  const specific = ["environments", stack, ...steps];
  return place(document, has(document.value, specific) ? specific : steps, problem);
}

function has(value: unknown, path: readonly string[]): boolean {
  const [step, ...rest] = path;
  if (step === undefined) return true;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return false;
  return has((value as Record<string, unknown>)[step], rest);
}
