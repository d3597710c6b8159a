import { queriesOf } from "../../components/app/check";
import {
  secretProblems,
  specProblems,
  type AppSpec,
  type VolumeSpec,
} from "../../components/app/spec";
import { hostName, kubernetesName, nodePortPair } from "../../components/shared/names";
import type { Problem } from "../../components/shared/problem";
import { byteCount } from "../../components/shared/units";
import type { CatalogueEntry } from "./catalogue";
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

/** Values of a stack that its projects' settings depend on. */
export interface ProjectContext {
  stack: string;
  /** `Pulumi.<stack>.yaml`. */
  file: Document;
  defaults: Override;
  /** Parent domain of host names; undefined where the stack's own is invalid, which has been reported. */
  domain: string | undefined;
  /** Base of the NodePorts, to which the number of a pair is added; undefined where the stack has no NodePorts. */
  nodePortBase: number | undefined;
  /** The same for versions being rolled out. */
  nextNodePortBase: number | undefined;
  /** Names of the stack's secrets. */
  secrets: readonly string[];
  /** The stack's records. */
  releases: Readonly<Record<string, ReleaseRecord>>;
  /** Image for checks, undefined where the stack has none; absent where that is unknown. */
  probes?: { image: string | undefined };
  /** Address of the stack's Prometheus; undefined where it names none. */
  prometheus: string | undefined;
}

/** Keys of a stack that its projects' settings depend on. */
export interface ProjectKeys {
  defaults?: Override | undefined;
  releases?: Readonly<Record<string, ReleaseRecord>> | undefined;
  nodePorts?: { base: number; next?: number | undefined } | undefined;
}

/** The context of projects' settings, from the stack's keys and other values. */
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

/** Spec of a version, with its settings. */
export interface RunsWith {
  spec: AppSpec;
  source: SourceArgs;
  /** The settings that belong to the version, as in records. */
  settings: string;
}

/** Target state of a project in one stack: with the settings of the version being rolled out, else of the one that serves. */
export interface Resolved extends RunsWith {
  /** Kubernetes name. */
  name: string;
  /** First part of its image repository. */
  group: string;
  /** Spec of the version that serves, during a release. */
  live?: RunsWith;
  /** A version's settings from the files, whatever its record has. */
  filed: string;
  /** Every volume of the files or of one of these versions, so that neither a release nor a rollback deletes one. */
  claims: Readonly<Record<string, VolumeSpec>>;
  document: Document;
}

const defaultTargetCpu = 80;
const defaultAccess = "ReadWriteOnce";

/** Merges a project's settings with the stack's and the platform's, and checks the result as a whole. */
export function resolve(
  entry: CatalogueEntry,
  context: ProjectContext,
): { resolved?: Resolved; problems: Problem[] } {
  const { document, file } = entry;
  const { name: project, kind, group = kind, environments = {}, ...own } = file;
  const layers = [context.defaults, own, environments[context.stack] ?? {}];
  const ofFile = merge(platformDefaults[kind], ...layers);
  const record = context.releases[project];
  const filed = writeVersionSettings(...layers, askedAs(project, ofFile, context));
  // Probes of a running version keep their `Host` header: a change of the hosts must not replace its pods.
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

/** Volumes of several versions: a shared one has the later version's settings, and the largest size. */
function together(...layers: readonly AppSpec["volumes"][]): AppSpec["volumes"] {
  const all: AppSpec["volumes"] = {};
  for (const [name, volume] of layers.flatMap((layer) => Object.entries(layer))) {
    const before = all[name]?.size ?? volume.size;
    const size = byteCount(before) > byteCount(volume.size) ? before : volume.size;
    all[name] = { ...volume, size };
  }
  return all;
}

/** Default `Host` header of a version's probes: the one that it ran with, or its first host. */
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

/** Settings in a record: of the declared version, and of the one that serves besides it. */
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

/** Problems of a configuration that is mounted over another mount; `path` may be the default of our Dockerfiles. */
export function configMountProblems(
  { writable, volumes }: AppSpec,
  path: string | undefined,
): Problem[] {
  const mounts = [...writable, ...Object.values(volumes).map((volume) => volume.path)];
  if (path === undefined || !mounts.includes(path)) return [];
  const allowed = "a path of its own: a volume or a writable directory is mounted at this one";
  return [{ path: "configPath", given: path, allowed, fix: "change one of the two" }];
}

/** Settings that are missing in all layers. */
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

/** Settings of a release that need an image for checks, which the stack does not name. */
function probeImageProblems(
  { project, check, prepull }: AppSpec,
  { stack, probes, releases }: ProjectContext,
): Problem[] {
  // A project without a record does not run where there is no builder.
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

/** Queries of a check in a stack without Prometheus. */
function prometheusProblems({ check }: AppSpec, { stack, prometheus }: ProjectContext): Problem[] {
  if (prometheus !== undefined || queriesOf(check).length === 0) return [];
  const allowed = "queries where the stack names the Prometheus that answers them";
  const fix = `add \`slipway:prometheus: {url: http://prometheus.monitoring:9090}\` to Pulumi.${stack}.yaml`;
  return [{ path: "check.query", allowed, fix }];
}

/** The component's spec, from a project's settings. */
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

/** Complete volumes; `incomplete` reports the missing keys of the others. */
const volumesOf = ({ volumes = {} }: Pick<Layer, "volumes">): AppSpec["volumes"] =>
  Object.fromEntries(
    Object.entries(volumes).flatMap(([name, { path, size, access = defaultAccess, backup }]) =>
      path === undefined || size === undefined
        ? []
        : [[name, { path, size, access, ...(backup === undefined ? {} : { backup }) }] as const],
    ),
  );

/** Adds the origin of a problem: the record, or the project's file, in the part for this stack or for all. */
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
