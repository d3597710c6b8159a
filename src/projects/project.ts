import { isIP, isIPv4 } from "node:net";
import { z } from "zod";
import type { AppSpec } from "../../components/app/spec";
import { kinds, nodePortPairs, type ProjectKind } from "../../components/shared/names";
import type { Problem } from "../../components/shared/problem";
import { defaultUser, leastDrain, type Check } from "../../components/shared/pod";
import { releaseCheck } from "./check";
import { configModes } from "../build/config-repository";
import {
  bytes,
  cpu,
  directory,
  dnsLabel,
  domainName,
  flag,
  listOf,
  mapping,
  mappingOf,
  oneOf,
  port,
  secretName,
  text,
  whole,
} from "../../components/shared/config/fields";
import { patches } from "../../components/shared/config/patches";
import { check, readYaml, type Document } from "../../components/shared/config/document";
import { strategy } from "./strategy";

const probeRule = "a path that answers 200, such as /healthz, or tcp";
const probe = z
  .union([z.literal("tcp"), z.string().regex(/^\/\S*$/, probeRule)], probeRule)
  .describe(probeRule) as z.ZodType<Check, string>;

const quantities = mapping({
  cpu: cpu.optional(),
  memory: bytes.optional(),
  storage: bytes.optional(),
});

const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "a variable's name: letters, digits and underscores");

const variableRule =
  "a text, which reaches the program exactly as it is written here, with quotes or without: 1.10, 0123, yes";

/** Paths of environment variables in a project's file. */
const variablePaths = [
  ["env", "*"],
  ["environments", "*", "env", "*"],
];

/** Reads and checks a project's file: returns it with its document, or every problem. */
export function readProjectFile(
  where: string,
  text: string,
):
  | { document: Document; file: ProjectFile; problems: [] }
  | { file: undefined; problems: Problem[] } {
  const yaml = readYaml(where, text, variablePaths);
  if ("problem" in yaml) return { file: undefined, problems: [yaml.problem] };
  const { document } = yaml;
  const { value: file, problems } = check(ProjectFile, document);
  return file === undefined ? { file, problems } : { document, file, problems: [] };
}

const rangeRule = "an IPv4 range by its first address, such as 10.0.0.0/8";
const isRange = (given: string): boolean => {
  const [, address = "", bits = ""] = /^([\d.]+)\/(0|[1-9]\d?)$/.exec(given) ?? [];
  if (!isIPv4(address) || Number(bits) > 32) return false;
  const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return number % 2 ** (32 - Number(bits)) === 0;
};

const egressRule = mapping({
  cidr: z.string().refine(isRange, rangeRule).describe(rangeRule),
  ports: listOf(port, "a list of TCP ports").optional(),
});

/** Settings that a stack may set for all projects, and a project for itself or for one environment. */
const tunable = {
  replicas: whole(1, 100, "a number of pods").optional(),
  autoscale: mapping({
    max: whole(2, 1000, "the most pods").optional(),
    cpu: whole(1, 100, "average CPU in percent of the request").optional(),
  }).optional(),
  resources: mapping({ requests: quantities.optional(), limits: quantities.optional() }).optional(),
  probes: mapping({
    host: domainName("the host name that the program is asked as").optional(),
    check: probe.optional(),
    liveness: probe.optional(),
    startSeconds: whole(1, 3600, "the longest start in seconds").optional(),
    pullSeconds: whole(5, 3600, "the longest pull of an image in seconds").optional(),
    minReadySeconds: whole(
      0,
      600,
      "seconds that a pod must have been ready before it counts",
    ).optional(),
    periodSeconds: whole(1, 300, "seconds between two questions").optional(),
    timeoutSeconds: whole(1, 60, "seconds until no answer is a failure").optional(),
    failures: whole(1, 30, "failures in a row that count").optional(),
  }).optional(),
  env: mappingOf(
    variable,
    // `asWritten` has restored the source text of files; a number comes from another source.
    z
      .union([z.string(), z.number(), z.boolean()], variableRule)
      .refine((value): value is string => typeof value === "string", variableRule)
      .describe(variableRule) as z.ZodType<string>,
    "a mapping from variables to values",
  ).optional(),
  hostAliases: mappingOf(
    z.string().refine((given) => isIP(given) !== 0, "an IP address"),
    listOf(domainName("a host name"), "a list of host names").min(1, "at least one host name"),
    "a mapping from IP addresses to lists of host names",
  ).optional(),
  writable: listOf(directory, "a list of directories").optional(),
  runAsUser: whole(1, 65535, "a user number other than root's").optional(),
  drainSeconds: whole(
    leastDrain,
    3600,
    "seconds that a pod which is to go still serves requests under way",
  ).optional(),
  spread: oneOf(["nodes", "zones", "none"]).optional(),
  egress: z
    .union(
      [z.literal("any"), z.array(egressRule)],
      "any, or a list of {cidr, ports} that the pods may reach",
    )
    .optional(),
  strategy: strategy.optional(),
  check: releaseCheck.optional(),
  configMode: oneOf(configModes).optional(),
  prepull: flag("whether a new version's image is pulled to every node first").optional(),
  expose: oneOf(["ingress", "nodePort", "none"]).optional(),
  ingress: oneOf(["shared", "own"]).optional(),
  customize: patches.optional(),
};

/** Settings that make sense for one project only. */
const individual = {
  port: port.optional(),
  secrets: mappingOf(
    variable,
    secretName,
    "a mapping from variables to names of secrets",
  ).optional(),
  volumes: mappingOf(
    z
      .string()
      .regex(
        /^(?!scratch-\d+$)[a-z]([-a-z0-9]{0,18}[a-z0-9])?$/,
        "a volume's name: lower-case letters, digits and dashes, at most 20, and not scratch-<number>, as those of `writable` are called",
      ),
    mapping({
      path: directory.optional(),
      size: bytes.optional(),
      access: oneOf(["ReadWriteOnce", "ReadWriteMany"]).optional(),
      backup: flag("whether it is kept off-site, as slipway:backup says").optional(),
    }),
    "a mapping from names to volumes",
  ).optional(),
  hosts: listOf(domainName("a host name"), "a list of host names")
    .min(1, "at least one host name; without `hosts` it follows from the project's name")
    .optional(),
  // Controllers of class nginx skip a whole shared Ingress for a path with any other character. The API server
  // rejects the endings that are excluded here, and with them every update of the stack.
  path: text(
    /^(?!.*\/\/)(?!.*\/\.{1,2}(\/|$))\/[A-Za-z0-9._/-]*$/,
    "a path prefix that begins with /, of letters, digits and . _ - /, without //, /./ and /../",
  ).optional(),
  nodePort: whole(1, nodePortPairs, "the number of a pair of NodePorts").optional(),
  dockerfile: text(/^[^/].*[^/]$/, "a file's path in the config repository").optional(),
  config: text(/^[^/].*[^/]$/, "a file's path in the config repository").optional(),
  configPath: directory.optional(),
};

const all = { ...individual, ...tunable };

/**
 * Settings that belong to a version: its pods and its check. All others belong to the project: number of pods, exposure, egress,
 * strategy.
 */
export const VersionSettings = mapping({
  port: all.port,
  env: all.env,
  secrets: all.secrets,
  volumes: all.volumes,
  config: all.config,
  configMode: all.configMode,
  configPath: all.configPath,
  resources: all.resources,
  probes: all.probes,
  hostAliases: all.hostAliases,
  writable: all.writable,
  runAsUser: all.runAsUser,
  drainSeconds: all.drainSeconds,
  spread: all.spread,
  check: all.check,
  customize: all.customize,
});
export type VersionSettings = z.output<typeof VersionSettings>;

/** Layer of settings of a stack, for all its projects. */
export const Defaults = mapping(tunable);
/** Layer of settings of a project, for one environment. */
export const Override = mapping(all);
export type Override = z.output<typeof Override>;

/** A project's name, by Gitea's rules. */
export const projectName = text(
  /^(?!.*\.(git|wiki|rss|atom)$)[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
  "the project's name in Gitea: letters, digits, dots, dashes and underscores, at most 100",
);

/** `projects/<name>.yaml`. */
export const ProjectFile = mapping({
  name: projectName,
  kind: oneOf(kinds),
  group: dnsLabel("the image group, in place of the kind").optional(),
  ...individual,
  ...tunable,
  environments: mappingOf(
    z.string(),
    Override,
    "a mapping from environments to settings",
  ).optional(),
});
export type ProjectFile = z.output<typeof ProjectFile>;

const seconds = {
  startSeconds: 60,
  pullSeconds: 60,
  minReadySeconds: 0,
  periodSeconds: 10,
  timeoutSeconds: 2,
  failures: 3,
};

/** Defaults for all settings except those that only the project itself can set. */
export type Layer = Override &
  Omit<
    AppSpec,
    "project" | "kind" | "port" | "autoscale" | "volumes" | "hosts" | "nodePort" | "check"
  >;

/** Defaults of both kinds: safe in production, and sufficient for a small program. */
const common = {
  replicas: 2,
  env: {},
  secrets: {},
  volumes: {},
  hostAliases: {},
  writable: ["/tmp"],
  runAsUser: defaultUser,
  drainSeconds: leastDrain,
  spread: "nodes",
  egress: [],
  strategy: { kind: "rolling" },
  prepull: false,
  configMode: "bake",
  ingress: "shared",
  path: "/",
} satisfies Partial<Layer>;

/** Defaults of each kind. A back end sets its port itself. */
export const platformDefaults: Readonly<Record<ProjectKind, Layer>> = {
  front: {
    ...common,
    port: 80,
    expose: "ingress",
    probes: { check: "/", ...seconds },
    resources: {
      requests: { cpu: "20m", memory: "32Mi", storage: "64Mi" },
      limits: { cpu: "500m", memory: "128Mi", storage: "1Gi" },
    },
  },
  back: {
    ...common,
    expose: "none",
    probes: { check: "tcp", ...seconds },
    resources: {
      requests: { cpu: "50m", memory: "128Mi", storage: "64Mi" },
      limits: { cpu: "1", memory: "512Mi", storage: "1Gi" },
    },
  },
};
