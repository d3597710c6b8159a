import * as pulumi from "@pulumi/pulumi";
import { readdirSync } from "node:fs";
import { resolve as resolvePath } from "node:path";
import type { StorageArgs } from "../components/app/app";
import type { Quota } from "../components/namespace/namespace";
import { formatProblems, type Problem } from "../components/shared/problem";
import type { SandboxContract } from "../sandbox/contract";
import { readCatalogue } from "./settings/catalogue";
import { chooseImages, type Images } from "./settings/images";
import { recordProblems, strangerProblems } from "./settings/releases";
import { resolve } from "./settings/resolve";
import { exposureProblems, nameProblems, quotaProblems } from "./settings/rules";
import type { StackConfig } from "./settings/stack";
import { readStackFile, type EngineConfig } from "./settings/stackfile";
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
  /** What every project runs. */
  images: Images;
  /** One sentence for each thing that is not the real one. */
  simulated: readonly string[];
}

/** Where settings are read from. */
export interface Sources {
  /** Directory with `projects/` and the stack files. */
  checkout: string;
  stack: string;
  engine: EngineConfig;
  env: NodeJS.ProcessEnv;
}

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
  };
}

/** Reads and checks all settings of a stack; throws one `RunError` that tells every problem. */
export function readSettings(sources: Sources = engineSources()): Settings {
  const { checkout, stack, engine, env } = sources;
  const { document, config, secrets, problems } = readStackFile(checkout, stack, engine);
  const catalogue = readCatalogue(checkout, environmentsOf(checkout, stack));
  const surroundings = findSurroundings({ document, config, secrets, env });
  const { cluster, registry, ingress, sandbox } = surroundings.found;
  const { releases = {} } = config;
  const prober = proberOf(config, sandbox);
  const context = {
    ...{ stack, file: document, secrets: Object.keys(secrets), defaults: config.defaults ?? {} },
    ...{ releases, prober },
    domain: config.ingress?.domain ?? "unknown",
    nodePortBase: config.nodePorts?.base,
  };
  const projects = catalogue.entries.map((entry) => resolve(entry, context));
  const resolved = projects.flatMap(({ resolved: project }) => project ?? []);
  const images = chooseImages(resolved, {
    ...{ checkout, sandbox, releases, roots: config.build },
    host: registry?.host ?? "unknown",
  });

  problems.push(
    ...surroundings.problems,
    ...catalogue.problems,
    ...nameProblems(catalogue.entries, config.system),
    ...strangerProblems(document, releases, catalogue.names),
    ...recordProblems(document, releases, resolved),
    ...projects.flatMap((project) => project.problems),
    ...exposureProblems(resolved, config.nodePorts?.base ?? 0),
    ...images.problems,
    ...(config.quota === undefined ? [] : quotaProblems(document, resolved, config.quota)),
  );
  const { system, quota, storage } = config;
  if (problems.length > 0 || !system || !quota || !storage || !cluster || !registry || !ingress) {
    throw new pulumi.RunError(refusal(stack, problems));
  }
  const simulated = [...(sandbox?.simulated ?? []), ...images.simulated];
  const surrounding = { cluster, registry, ingress, prober };
  return { stack, system, ...surrounding, quota, storage, secrets, images, simulated };
}

/** Stacks that a project's file may speak of: those with a file here, and the one at hand. */
function environmentsOf(checkout: string, stack: string): string[] {
  const stacks = readdirSync(checkout).flatMap(
    (name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? [],
  );
  return [...new Set([...stacks, stack])].sort();
}

/** What asks a check's questions: the stack's own image, or what the sandbox has. */
function proberOf(
  { check }: Partial<StackConfig>,
  sandbox: SandboxContract | undefined,
): string | undefined {
  if (check?.image !== undefined || sandbox === undefined) return check?.image;
  // Where all nodes are simulated no image exists, and none is looked at.
  const { templates, registry } = sandbox;
  return templates?.busybox ?? `${registry}/template/busybox@sha256:${"0".repeat(64)}`;
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
  return formatProblems(`Stack ${stack} is refused, nothing was changed`, sorted);
}
