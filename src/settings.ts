import * as pulumi from "@pulumi/pulumi";
import { resolve as resolvePath } from "node:path";
import type { StorageArgs } from "../components/app/app";
import type { Quota } from "../components/namespace/namespace";
import type { FoundHosts } from "../components/shared/machine/facts";
import { formatProblems, type Problem } from "../components/shared/problem";
import type { BackupSpec } from "../components/backup/spec";
import { readEtcdBackup, type EtcdBackupSettings } from "./settings/backup-etcd";
import { readBackup, volumesToBackUp } from "./settings/backup";
import { mendedIn, namingStack } from "./settings/commands";
import { readCatalogue } from "./settings/catalogue";
import { readEdge, type EdgeSettings } from "./settings/edge";
import { judge, objections, type Running } from "./settings/gates";
import { freezeProblems } from "./settings/gates-freeze";
import { readRejections, type Rejected } from "./settings/gates-rejected";
import { stacksOf } from "./settings/stacks";
import { chooseImages, type Images } from "./settings/images";
import { proberOf } from "./settings/prober";
import { recordProblems, strangerProblems } from "./settings/releases";
import type { ReleaseRecord } from "./settings/record";
import { resolve, type Resolved } from "./settings/resolve";
import { exposureProblems, nameProblems, quotaProblems } from "./settings/rules";
import { readStackFile, secretsOf, type EngineConfig, type StackFile } from "./settings/stackfile";
import { askedName, differing } from "./settings/version-settings";
import { findSurroundings, type Surroundings } from "./settings/surroundings";

/** Everything that a stack's program is told, checked and complete. Plain values, but for the secrets. */
export interface Settings extends Required<Omit<Surroundings, "sandbox">> {
  stack: string;
  system: string;
  quota: Quota;
  storage: StorageArgs;
  secrets: Readonly<Record<string, pulumi.Output<string>>>;
  /** Image that asks a check's questions, by digest; absent where no project has any. */
  prober?: string;
  /** Address of the stack's Prometheus; absent where it names none. */
  prometheus?: string;
  /** What is kept off-site; absent where the stack says nothing of it. */
  backup?: BackupSpec | undefined;
  /** How etcd is, where the cluster is made here. */
  etcdBackup?: EtcdBackupSettings | undefined;
  /** What every project runs. */
  images: Images;
  /** The machines that lead into the cluster; absent where a stack has none of its own. */
  edge?: EdgeSettings;
  /** Objects that somebody else has made and that the stack takes over, each as `Kind/name`. */
  adopt: readonly string[];
  /** Volumes that may be lost, by `PersistentVolumeClaim/name`. */
  discard: readonly string[];
  /** Versions that must not run, in any stack of the checkout. */
  rejected: readonly Rejected[];
  /** The stack's records, by project. */
  releases: Readonly<Record<string, ReleaseRecord>>;
  /** Names of projects that were taken out of the stack, with all that they had. */
  removed: readonly string[];
  /** Version of the Kubernetes plugin where it is not the SDK's own, as in the sandbox. */
  kubernetesPlugin?: string | undefined;
  /** One sentence for each thing that is not the real one. */
  simulated: readonly string[];
  /** What a guard objects to and lets be, a text each. */
  warnings: readonly string[];
}

/** Where settings are read from. */
export interface Sources {
  /** Directory with `projects/` and the stack files. */
  checkout: string;
  stack: string;
  engine: EngineConfig;
  env: NodeJS.ProcessEnv;
  /** The moment that freezes are looked at. */
  now: Date;
  /** Only shows what would be done. */
  preview: boolean;
  /** The one project that the update is limited to. */
  only?: string | undefined;
  /** The stack's file, where it has been read already: that of a large stack takes its time. */
  file?: StackFile;
  /** What was found of the machines, where the cluster is made of some; left out, nothing is done to them. */
  machines?: FoundHosts;
  /** What was found of the edges. */
  edges?: FoundHosts;
  /** What runs before; left out, a refusal that depends on it is a `DoubtfulRefusal`. */
  running?: Running;
}

/** A refusal that may not hold once it is known what runs. */
export class DoubtfulRefusal extends pulumi.RunError {}

/** The engine's config, this checkout, this environment. */
export function engineSources(): Sources {
  // Internal to the SDK, but all else tells a secret from a plain value only by asking for a key one knows of.
  const { isConfigSecret } = pulumi.runtime as unknown as {
    isConfigSecret: EngineConfig["isSecret"];
  };
  return {
    checkout: resolvePath(__dirname, ".."),
    stack: pulumi.getStack(),
    engine: { values: pulumi.runtime.allConfig(), isSecret: isConfigSecret },
    env: process.env,
    now: new Date(),
    preview: pulumi.runtime.isDryRun(),
  };
}

/** Reads and checks all settings of a stack; throws one `RunError` that tells every problem. */
export function readSettings(sources: Sources = engineSources()): Settings {
  const { checkout, stack, engine, env, now, preview, only, running, machines } = sources;
  const { file = readStackFile(checkout, stack, engine) } = sources;
  const { document, config, secrets } = file;
  const problems = [...file.problems];
  const stacks = [...new Set([...stacksOf(checkout), stack])].sort();
  const catalogue = readCatalogue(checkout, stacks);
  const surroundings = findSurroundings({
    ...{ checkout, document, config, secrets, env, machines, now },
  });
  const { cluster, registry, ingress, sandbox } = surroundings.found;
  const { releases = {} } = config;
  const prober = proberOf(config, sandbox);
  const prometheus = config.prometheus?.url;
  const context = {
    ...{ stack, file: document, secrets: Object.keys(secrets), defaults: config.defaults ?? {} },
    ...{ releases, prober, prometheus },
    domain: config.ingress?.domain ?? "unknown",
    nodePortBase: config.nodePorts?.base,
    nextNodePortBase: config.nodePorts?.next,
  };
  const projects = catalogue.entries.map((entry) => resolve(entry, context));
  const resolved = projects.flatMap(({ resolved: project }) => project ?? []);
  const images = chooseImages(resolved, {
    ...{ checkout, sandbox, releases, only },
    ...{ roots: config.build, templates: config.build?.templates },
    host: registry?.host ?? "unknown",
  });
  const backup = readBackup({
    ...{ stack, document, config, secrets: secretsOf(engine) },
    volumes: resolved.flatMap(({ spec }) => volumesToBackUp(spec)),
  });
  const etcdBackup = readEtcdBackup({
    ...{ backup: backup.backup, cluster, machines, secrets, plain: secretsOf(engine), now },
  });
  const edge = readEdge({
    ...{ document, config, cluster, secrets, plain: secretsOf(engine), machines, now },
    found: sources.edges,
    routes: resolved.flatMap(({ spec: { project, hosts, path } }) =>
      hosts.map((host) => ({ host, path, project })),
    ),
    nodePorts: images.projects.flatMap(({ spec }) => spec.nodePort ?? []),
  });
  const rejections = readRejections(checkout, { stack, releases });
  const { promotion, branches, freeze } = config;
  const gates = judge(
    objections({
      ...{ stack, stacks, document, releases, promotion, branches, freeze, only, now },
      rejected: rejections.rejected,
    }),
    { preview, running },
  );

  problems.push(
    ...surroundings.problems,
    ...catalogue.problems,
    ...nameProblems(catalogue.entries, config.system),
    ...strangerProblems(document, releases, { stack, names: catalogue.names }),
    ...recordProblems(document, releases, resolved),
    ...projects.flatMap((project) => project.problems),
    ...exposureProblems(resolved, config.nodePorts?.base ?? 0),
    ...images.problems,
    ...edge.problems,
    ...backup.problems,
    ...rejections.problems,
    ...freezeProblems(document, freeze),
    ...gates.problems,
    ...(config.quota === undefined ? [] : quotaProblems(document, resolved, config.quota)),
  );
  const { system, quota, storage } = config;
  if (problems.length > 0 || !system || !quota || !storage || !cluster || !registry || !ingress) {
    const Refusal = gates.doubtful ? DoubtfulRefusal : pulumi.RunError;
    throw new Refusal(refusal(stack, problems));
  }
  const simulated = [...(sandbox?.simulated ?? []), ...images.simulated];
  const surrounding = { cluster, registry, ingress, prober, prometheus };
  const warnings = [
    ...file.warnings,
    ...gates.warnings,
    ...(images.elsewhere.length === 0
      ? []
      : [formatProblems("what would stop updates of other projects", images.elsewhere)]),
    ...keptSettings(stack, resolved, releases),
    ...(cluster.kind === "hosts" ? cluster.warnings : []),
    ...(edge.edge?.warnings ?? []),
    ...(etcdBackup?.plan.warnings ?? []),
  ].map((warning) => namingStack(stack, warning));
  const { rejected } = rejections;
  const told = {
    simulated,
    warnings,
    rejected,
    releases,
    kubernetesPlugin: env["SLIPWAY_KUBERNETES_PLUGIN"],
  };
  const { adopt = [], discard = [] } = config;
  const removed = Object.keys(releases).filter((name) => releases[name]?.removed === true);
  const holding = { quota, storage, secrets, images, backup: backup.backup, edge: edge.edge };
  return {
    stack,
    system,
    ...surrounding,
    ...holding,
    etcdBackup,
    adopt,
    discard,
    removed,
    ...told,
  };
}

/** Projects that run with the settings they were gone back to, where their files say others. */
function keptSettings(
  stack: string,
  projects: readonly Resolved[],
  releases: Readonly<Record<string, ReleaseRecord>>,
): string[] {
  return projects.flatMap(({ spec: { project }, settings, filed }) => {
    const { pinned, next, digest } = releases[project] ?? {};
    const all = pinned === true && next === undefined ? differing(settings, filed) : [];
    const keys = all.filter((key) => key !== askedName);
    if (keys.length === 0) return [];
    const away = `slipway release ${project} --digest ${digest ?? ""} --stack ${stack}`;
    return [
      `${project} keeps the settings that it was taken back to: ${keys.join(", ")} of its file wait for its next release; to have them now: ${away}`,
    ];
  });
}

/** One text with every problem, in the order of files and their lines. */
function refusal(stack: string, problems: readonly Problem[]): string {
  const position = ({ file = "" }: Problem): [string, number] => {
    const [name = "", line = "0"] = file.split(/:(?=\d+$)/);
    return [name, Number(line)];
  };
  const sorted = [...problems].sort((a, b) => {
    const [[fileA, lineA], [fileB, lineB]] = [position(a), position(b)];
    return fileA === fileB ? lineA - lineB : fileA < fileB ? -1 : 1;
  });
  const title = `Stack ${stack} is refused, nothing was changed`;
  return formatProblems(title, sorted.map(mendedIn(stack)));
}
