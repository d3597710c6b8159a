import { nearest } from "../../components/shared/nearest";
import type { UserError } from "../../components/shared/problem";
import { readBackup } from "../../components/backup/settings";
import { readableSecrets } from "../../components/shared/config/secrets";
import { fixedIn } from "../stack/commands";
import { etcdOf, specOf } from "../../components/cluster/hosts";
import { readStack } from "../rollout/project";
import { refused } from "../stack/refusal";
import { readSecrets } from "../engine/secrets";
import type { Session } from "../engine/session";
import type { BackupSpec } from "../../components/backup/spec";
import { partsOf, type BackupPart } from "./parts";
import { needPrograms } from "./programs";
import type { Keyring } from "./repository";

/** What a stack backs up, and the secrets for it. */
export interface Opened {
  spec: BackupSpec;
  keyring: Keyring;
  parts: readonly BackupPart[];
}

const title = "Nothing was done";

/** Reads what a stack backs up, with its secrets; throws every problem. */
export async function openBackups(session: Session): Promise<Opened> {
  const { stack, engine, env, file } = session;
  const { config, document } = readStack(file);
  if (config.backup === undefined) throw nothingKept(stack);
  needPrograms(["restic"], env["PATH"]);
  const secrets = await readSecrets(engine);
  const { backup: spec, problems } = readBackup({
    stack,
    document,
    config: config.backup,
    secrets: readableSecrets(secrets),
    sources: config.cluster.kind === "hosts" ? [etcdOf(config.cluster.name)] : [],
  });
  if (problems.length > 0) throw refused(title, problems.map(fixedIn(stack)));
  if (spec === undefined) throw nothingKept(stack);
  const { etcd, state, registry, volumes } = spec;
  const bySsh = [etcd, state, registry, volumes].some((part) => part?.target.kind === "sftp");
  if (bySsh) needPrograms(["ssh"], env["PATH"]);
  const cluster = config.cluster.kind === "hosts" ? specOf(config.cluster) : undefined;
  const keyring = { stack, password: spec.password, secrets, env };
  return { spec, keyring, parts: await partsOf({ session, spec, keyring, cluster }) };
}

const nothingKept = (stack: string): UserError =>
  refused(title, [
    {
      file: `Pulumi.${stack}.yaml`,
      path: "slipway:backup",
      allowed: "what of the stack is backed up, when, for how long and where",
      fix: "it is missing: docs/backups.md shows one",
    },
  ]);

/** The parts with a name: one part, all of a kind, or without a name all parts. */
export function chosen({ parts, spec }: Opened, name?: string): readonly BackupPart[] {
  if (name === undefined) return parts;
  const gathered = parts.filter(({ repository: { path, part } }) => path === name || part === name);
  if (gathered.length > 0) return gathered;
  const paths = parts.map(({ repository }) => repository.path);
  const meant = nearest(name, paths);
  const why = Object.entries(spec.without).find(([part]) => part === name)?.[1];
  throw refused(title, [
    {
      path: "part",
      given: name,
      allowed:
        paths.length === 0
          ? "a part that is backed up; there is none"
          : `one of: ${paths.join(", ")}`,
      ...(why === undefined ? {} : { fix: `${name} is left out in the settings: ${why}` }),
      ...(meant === undefined ? {} : { fix: `did you mean \`${meant}\`?` }),
    },
  ]);
}

/** The same, if it must be exactly one. */
export function chosenOne(opened: Opened, name: string): BackupPart {
  const gathered = chosen(opened, name);
  const [part] = gathered;
  if (part !== undefined && gathered.length === 1) return part;
  throw refused(title, [
    {
      path: "part",
      given: name,
      allowed: `one of: ${gathered.map(({ repository }) => repository.path).join(", ")}`,
    },
  ]);
}
