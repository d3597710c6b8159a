import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError, type Problem } from "../../components/shared/problem";
import type { AppSpec } from "../../components/app/spec";
import { imageRepository, namespaceName, sharedIngressName } from "../../components/shared/names";
import { fixedIn } from "../stack/commands";
import type { Path } from "../../components/shared/config/lines";
import {
  check,
  place,
  readYaml,
  suggestion,
  type Document,
} from "../../components/shared/config/document";
import { readProjectFile } from "../projects/project";
import { projectNames } from "../projects/files";
import type { ReleaseRecord } from "../records/record";
import { restore } from "../records/problems";
import { projectContext, resolve } from "../projects/resolve";
import type { SourceArgs } from "../build/sources";
import { StackConfig } from "../stack/config";
import { loadYaml } from "../../components/shared/config/yaml";
import { bareKeyProblems, variablesInStack } from "../stack/stack-file";
import type { Rollout } from "../records/transitions";
import type { FileChange, StackFile } from "../records/stack-file";
import { refused } from "../stack/refusal";

/** What a command knows about a project in a stack, from the files; the program checks everything else. */
export interface ReleasedProject {
  /** Name in Gitea. */
  project: string;
  /** Name of its Kubernetes objects. */
  name: string;
  namespace: string;
  /** Path of its image below the registry's host: `back/sjzy.package.api`. */
  repository: string;
  /** Settings of the version being rolled out; in steady state those of a release from its files. */
  spec: AppSpec;
  /** The part of them that belongs to a version, from its files. */
  settings: string;
  /** Its sources. */
  source: SourceArgs;
  /** Settings of the stack. */
  config: StackConfig;
  rollout: Rollout;
  /** Its record in the stack's file. */
  record: ReleaseRecord | undefined;
  /** URN patterns that match only this project's resources. */
  targets: string[];
}

/** Checked settings of a stack, with their paths. */
interface StackSettings {
  config: StackConfig;
  document: Document;
}

/** Recently read files: a command reads them several times, and a thousand records take a while to check. */
const known = new WeakMap<StackFile, StackSettings & { text: string }>();

/** Checked settings of a stack, as far as they do not need the engine; throws every problem. */
export function readStack(file: StackFile): StackSettings {
  const text = file.text();
  const before = known.get(file);
  if (before?.text === text) return before;
  const settings = { ...checkedStack(file, text), text };
  known.set(file, settings);
  return settings;
}

function checkedStack(file: StackFile, text: string): StackSettings {
  const prefix = "slipway:";
  const name = `Pulumi.${file.stack}.yaml`;
  const yaml = readYaml(name, text, variablesInStack);
  if ("problem" in yaml) throw stackRefused(file.stack, [yaml.problem]);
  const { config: all } = (yaml.document.value ?? {}) as { config?: object };
  const given = Object.entries(all ?? {}).filter(
    ([key]) => key.startsWith(prefix) && !key.startsWith(`${prefix}secrets`),
  );
  const document: Document = {
    file: name,
    prefix,
    value: Object.fromEntries(given.map(([key, value]) => [key.slice(prefix.length), value])),
    lineOf: ([key = "", ...rest]) =>
      yaml.document.lineOf?.(["config", `${prefix}${String(key)}`, ...rest]),
  };
  const { value: config, problems } = check(StackConfig, document);
  const lineOf: Document["lineOf"] = (path) => yaml.document.lineOf?.(["config", ...path]);
  const whole: Document = { file: name, value: undefined, lineOf };
  const others = [...bareKeyProblems(whole, text), ...unkept(whole, text)];
  if (config === undefined || others.length > 0)
    throw stackRefused(file.stack, [...others, ...problems]);
  return { config, document };
}

/** Numbers that the engine cannot store in its settings: its own error names no line. */
function unkept(document: Document, text: string): Problem[] {
  if (!/\.(inf|nan)\b/i.test(text)) return [];
  const within = (value: unknown, path: Path): Problem[] =>
    typeof value === "number" && !Number.isFinite(value)
      ? [
          place(document, path, {
            given: String(value),
            allowed: "a value that JSON has, too",
            fix: "write it in quotes, as the text that it is",
          }),
        ]
      : typeof value === "object" && value !== null
        ? Object.entries(value).flatMap(([key, below]) => within(below, [...path, key]))
        : [];
  return within((loadYaml(text) as { config?: unknown }).config, []);
}

/**
 * Reads one project of a stack, with the settings of a release, or those of the serving version if given; throws every problem of
 * its settings.
 */
export function readProject(
  checkout: string,
  file: StackFile,
  project: string,
  serves?: Pick<ReleaseRecord, "settings">,
): ReleasedProject {
  const { config, document } = readStack(file);
  const where = `projects/${project}.yaml`;
  const path = join(checkout, where);
  if (!existsSync(path)) throw unknownProject(checkout, file, project);
  const { problems: found, ...entry } = readProjectFile(where, readFileSync(path, "utf8"));
  if (entry.file === undefined) throw stackRefused(file.stack, found);
  const record = config.releases[project];
  // A release ends the pinning of a record's settings, and that is what this is read for, unless the serving version is
  // requested.
  const runsWith =
    serves?.settings === undefined
      ? { pinned: undefined }
      : { settings: serves.settings, pinned: true, next: undefined };
  const releases = record === undefined ? {} : { [project]: { ...record, ...runsWith } };
  const { resolved, problems } = resolve(
    entry,
    projectContext(
      { ...config, releases },
      {
        stack: file.stack,
        file: document,
        secrets: secretsOf(file),
        domain: config.ingress.domain,
        prometheus: config.prometheus?.url,
        // The program chooses the image that runs checks: a sandbox may bring its own.
      },
    ),
  );
  if (resolved === undefined) throw stackRefused(file.stack, problems);
  const { name, spec, group, source, filed: settings } = resolved;
  return {
    project,
    name,
    spec,
    settings,
    source,
    config,
    record,
    namespace: namespaceName(config.system, file.stack),
    repository: imageRepository(group, project),
    rollout: {
      strategy: spec.strategy,
      checked: spec.check !== undefined,
      prepull: spec.prepull,
    },
    // Its external route is also in the Ingress that projects may share.
    targets: [`**::${name}`, `**::${name}--*`, `**::${sharedIngressName(config.system)}`],
  };
}

/** Writes or removes a project's record in a stack's file, computed from its current record. */
export const changeRecord = (
  file: StackFile,
  project: string,
  change: (record: ReleaseRecord | undefined) => ReleaseRecord | undefined,
): FileChange => file.change(project, () => change(readStack(file).config.releases[project]));

const secretsOf = (file: StackFile): string[] =>
  Object.keys(file.config()).flatMap((key) => /^slipway:secrets\.(.+)$/.exec(key)?.[1] ?? []);

/** Names of the projects that have a file, or a record in a stack. */
export const knownProjects = (checkout: string, file: StackFile): string[] => [
  ...new Set([...projectNames(checkout), ...Object.keys(readStack(file).config.releases)]),
];

/** The error for a project without a file in this checkout. */
export function unknownProject(checkout: string, file: StackFile, project: string): UserError {
  const names = projectNames(checkout);
  return stackRefused(file.stack, [
    {
      path: "project",
      given: project,
      allowed: `a project of this checkout: ${names.join(", ")}`,
      fix:
        readStack(file).config.releases[project] === undefined
          ? (suggestion(project, names) ?? `add projects/${project}.yaml`)
          : restore(file.stack, project),
    },
  ]);
}

const stackRefused = (stack: string, problems: readonly Problem[]): UserError =>
  refused(`Stack ${stack} is refused, nothing was changed`, problems.map(fixedIn(stack)));
