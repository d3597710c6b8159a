import type { Problem } from "../shared/problem";
import { privateKeyProblem } from "../shared/ssh";
import { place, suggestion, type Document } from "../shared/config/document";
import { noSecret, secretPrefix, type Secrets } from "../shared/config/secrets";
import type { BackupSource } from "../shared/module";
import type { Backup } from "./config";
import { partNames, type BackupSpec, type PartName, type Target } from "./spec";

/** What a stack's backups are read from. */
export interface BackupArgs {
  /** Name of the stack. */
  stack: string;
  /** The stack's file, for the places of problems. */
  document: Document;
  /** The stack's `slipway:backup`; undefined where it has none. */
  config: Backup | undefined;
  /** The stack's secrets; targets and the password refer to them by name. */
  secrets: Secrets;
  /** State that the parts of the stack hold. */
  sources: readonly BackupSource[];
}

/** Resolves the backups of a stack; every stateful part without settings is a problem. */
export function readBackup(args: BackupArgs): { backup?: BackupSpec; problems: Problem[] } {
  const { stack, document, config: backup } = args;
  const problems = missingParts(args);
  if (backup === undefined) return { problems: problems.map(at(document)) };
  const spec: BackupSpec = { stack, password: backup.password ?? "", without: {} };
  const without: Partial<Record<PartName, string>> = {};
  for (const name of partNames) {
    const part = backup.parts[name];
    if (part === undefined) continue;
    if ("without" in part) {
      without[name] = part.without;
      continue;
    }
    const given = backup.targets[part.target];
    if (given === undefined)
      problems.push(noTarget(name, part.target, Object.keys(backup.targets)));
    else Object.assign(spec, { [name]: { ...part, target: { name: part.target, ...given } } });
  }
  if (partNames.some((name) => spec[name] !== undefined) && backup.password === undefined) {
    problems.push(noPassword);
  }
  if (spec.etcd !== undefined && !args.sources.some(({ part }) => part === "etcd"))
    problems.push(noEtcd);
  problems.push(...secretProblems(backup, args.secrets));
  return { backup: { ...spec, without }, problems: problems.map(at(document)) };
}

type BackupProblem = Omit<Problem, "file" | "path"> & { path: readonly string[] };

const at =
  (document: Document) =>
  ({ path, ...problem }: BackupProblem): Problem =>
    place(document, ["backup", ...path], problem);

/** Parts that hold state and have no settings, with what each would lose. */
function missingParts({ config: backup, sources }: BackupArgs): BackupProblem[] {
  const all = [
    ...sources,
    ...(backup === undefined
      ? []
      : [{ part: "state", holds: "the engine's state and the settings" }]),
  ];
  const stateful = Object.fromEntries(
    partNames.map((name) => [
      name,
      all
        .filter(({ part }) => part === name)
        .map(({ holds }) => holds)
        .join(", "),
    ]),
  );
  return partNames.flatMap((name) => {
    const what = stateful[name];
    if (what === undefined || what === "" || backup?.parts[name] !== undefined) return [];
    return [
      {
        path: ["parts", name],
        allowed: `how it is backed up (schedule, keep, target), or why not; what would be lost is ${what}`,
        fix: `add \`${name}: {schedule: daily, keep: {daily: 7}, target: …${more[name] ?? ""}}\`, or \`${name}: {without: "why not"}\``,
      },
    ];
  });
}

/** Fields of a part besides the common ones. */
const more: Partial<Record<PartName, string>> = { registry: ", folder: …", volumes: ", image: …" };

const noTarget = (name: PartName, given: string, targets: readonly string[]): BackupProblem => ({
  path: ["parts", name, "target"],
  given,
  allowed:
    targets.length === 0 ? "a target; `targets` names none" : `one of: ${targets.join(", ")}`,
  fix: suggestion(given, targets) ?? `add \`${given}\` to \`slipway:backup.targets\``,
});

const noEtcd: BackupProblem = {
  path: ["parts", "etcd"],
  allowed:
    "etcd of a cluster that the stack makes itself, of kind hosts: of others whoever runs them keeps it",
  fix: "take the line out",
};

const noPassword: BackupProblem = {
  path: ["password"],
  allowed: "the name of the secret that backups are encrypted with",
  fix: "it is missing: add `password: backupPassword`, and keep the password outside of this room, too: without it no backup opens",
};

/** Secrets that backups name and the stack does not have, and invalid private keys. */
function secretProblems({ password, targets }: Backup, secrets: Secrets): BackupProblem[] {
  const named: { path: readonly string[]; secret: string }[] = [
    ...(password === undefined ? [] : [{ path: ["password"], secret: password }]),
    ...Object.entries(targets).flatMap(([name, target]) =>
      secretFields(target).map(([field, secret]) => ({ path: ["targets", name, field], secret })),
    ),
  ];
  return named.flatMap(({ path, secret }) => {
    if (!secrets.names.includes(secret)) return [{ path, ...noSecret(secret) }];
    const value = secrets.text(secret);
    const isKey = path.at(-1) === "key" && value !== undefined;
    const why = isKey ? privateKeyProblem(value) : undefined;
    return why === undefined ? [] : [{ path, ...noKey(secret, why) }];
  });
}

/** A problem with a secret that should hold a private key; it must not print the value. */
const noKey = (secret: string, why: string): Omit<BackupProblem, "path"> => ({
  given: secret,
  allowed: `the name of a secret with a private key, without a passphrase; of this one: ${why}`,
  fix: `pulumi config set --secret ${secretPrefix}${secret} < key`,
});

/** Fields of a target that name secrets. */
const secretFields = (target: Omit<Target, "name">): [string, string][] => {
  const given = target as Readonly<Record<string, unknown>>;
  return ["accessKey", "secretKey", "key"].flatMap((field) =>
    typeof given[field] === "string" ? [[field, given[field]]] : [],
  );
};
