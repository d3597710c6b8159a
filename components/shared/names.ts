import { createHash } from "node:crypto";

/**
 * Every name that the platform derives from a project's name in Gitea (`SJZY.Package.Api`). All functions are pure; they follow
 * the rules for RFC 1035 and 1123 labels (Kubernetes), repository paths (OCI distribution) and index names (Elasticsearch).
 */

/** Longest DNS label, Service name and label value. */
const labelLength = 63;
/** Hex digits of the hash that keeps truncated names distinct. */
const hashLength = 8;

/** A project's files in the `config` repository, as paths inside it. */
export interface ConfigFiles {
  /** Dockerfile of the image. */
  dockerfile: string;
  /** The program's own configuration, built into the image. */
  settings: string;
}

/** How a project behaves by default: a front end serves a site, a back end an API. */
export type ProjectKind = "front" | "back";
export const kinds = ["front", "back"] as const satisfies readonly ProjectKind[];

/**
 * Name of every Kubernetes object of a project: `SJZY.Package.Api` → `sjzy-package-api`, `test.gyyx.cn` → `test-gyyx-cn`.
 * Lower case; everything that is neither letter nor digit becomes one dash; a leading digit gets the prefix `p-` because a
 * Service name must begin with a letter. Names over 63 characters are truncated and end in a hash of the whole name, so that they
 * stay distinct.
 */
export function kubernetesName(project: string): string {
  const folded = project.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const trimmed = folded.replace(/^-|-$/g, "");
  const name = /^[a-z]/.test(trimmed) ? trimmed : `p-${trimmed}`.replace(/-$/, "");
  return cut(name, project);
}

/**
 * Repository of a project's image below the registry host: `back/sjzy.package.api`, `front/packet_bsi_pc_ui`. Dots and
 * underscores are kept; separators that a repository path does not allow (`..`, `._`, at the ends) become a dash.
 */
export function imageRepository(group: string, project: string): string {
  const folded = project
    .toLowerCase()
    .replace(/[^a-z0-9._-]/g, "-")
    .replace(/[._-]+/g, (run) => (/^(\.|__?|-+)$/.test(run) ? run : "-"));
  return `${group}/${folded.replace(/^[._-]+|[._-]+$/g, "")}`;
}

/** Jenkins job of a project: the name as it is in Gitea. */
export const jenkinsJob = (project: string): string => project;

/** Where the `config` repository keeps a project's files; fronts share one dockerfile. */
export function configFiles(kind: ProjectKind, project: string): ConfigFiles {
  return kind === "front"
    ? { dockerfile: "front/dockerfile", settings: `front/${project}.proxy.conf` }
    : { dockerfile: `back/Dockerfile.${project}`, settings: `back/appsettings.json.${project}` };
}

/** Settings file of a project in the layout with one folder per environment: `appConfig/<Env>/<App>.yml`. */
export const environmentFile = (environment: string, project: string): string =>
  `appConfig/${environment}/${project}.yml`;

/** Log domain of a project: the directory of its logs and the first part of its index. */
export const logDomain = (project: string): string => kubernetesName(project);

/** Elasticsearch data stream of a project's logs in one environment. */
export const logIndex = (project: string, environment: string): string =>
  `logs-${logDomain(project)}-${environment.toLowerCase()}`;

/** Host name of a project below the domain of its environment. */
export const hostName = (project: string, domain: string): string =>
  `${kubernetesName(project)}.${domain}`;

/** Namespace that holds a system's projects in one environment. */
export const namespaceName = (system: string, environment: string): string =>
  kubernetesName(`${system}-${environment}`);

/** Name of the one Ingress that all fronts of a system may share. */
export const sharedIngressName = (system: string): string => `${system}-front-ingress`;

/** Name of the pull Secret in each namespace of projects. */
export const pullSecretName = "registry";

/** Names of the platform's own objects in a namespace of projects. */
export const reservedNames = (system: string): readonly string[] => [
  "default",
  "default-deny",
  "allow-dns",
  pullSecretName,
  sharedIngressName(system),
];

/** Number of NodePorts that each environment has: from 31001 to 31767, and from 32001 to 32767. */
export const nodePortPairs = 767;

/**
 * Number of a project's pair of NodePorts, 1 to 767: the same in each environment, so 31007 in test is 32007 in prod. It depends
 * on the name alone, so other projects do not change it; the settings refuse two projects with the same number.
 */
export const nodePortPair = (project: string): number =>
  1 + (digest(kubernetesName(project)).readUInt32BE(0) % nodePortPairs);

/**
 * Name of a secondary object of a project: `sjzy-package-api--next-b`. No project's name has a double dash, so it never clashes
 * with another project.
 */
export const besideName = (name: string, what: string): string =>
  cut(engineNameBeside(name, what), engineNameBeside(name, what));

/** The same for the engine, which has no length limit: all resources of a project are `<name>` and `<name>--*`. */
export const engineNameBeside = (name: string, what: string): string => `${name}--${what}`;

/** The same for a CronJob, shorter because its Jobs append a suffix. */
export const scheduledName = (name: string, what: string): string =>
  cut(engineNameBeside(name, what), engineNameBeside(name, what), 52);

/** A valid label value; truncated with a hash when too long. */
export function labelValue(text: string): string {
  const allowed = text.replace(/[^A-Za-z0-9._-]/g, "-").replace(/^[._-]+|[._-]+$/g, "");
  return cut(allowed, text);
}

function cut(name: string, whole: string, length = labelLength): string {
  if (name.length <= length) return name;
  const kept = name.slice(0, length - hashLength - 1).replace(/[._-]+$/, "");
  return `${kept}-${digest(whole).toString("hex").slice(0, hashLength)}`;
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Name of a project's claim: the dot, which no project's name has, keeps `a` + `b-c` and `a-b` + `c` distinct. */
export const claimName = (name: string, volume: string): string => `${name}.${volume}`;
