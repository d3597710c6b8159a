import type { Repository, Say } from "../../components/backup/spec";
import { UserError } from "../../components/shared/problem";
import type { BackupReport } from "./operations";
import type { BackupPart } from "./parts";
import { OpenRepository, type Keyring } from "./repository";

/** How to restore a part that no command restores in place. */
const byHand = (stack: string): Readonly<Record<string, string>> => ({
  state: `restore it into a folder, look at data/stack.json, then: pulumi stack import --stack ${stack} --file <folder>/data/stack.json`,
  registry: "stop the registry, restore into a folder, and put data/ in place of its own",
});

/** Replaces the existing data with a backup, after confirmation. */
export async function restoreInPlace(
  { repository, operations }: BackupPart,
  keyring: Keyring,
  { snapshot, to }: { snapshot?: string | undefined; to?: string | undefined },
  {
    agree,
    show,
  }: {
    /** Asks for confirmation; throws if it is not given. */
    agree: (lines: readonly string[]) => Promise<void>;
    show: (title: string, run: (say: Say) => Promise<undefined>) => Promise<void>;
  },
): Promise<BackupReport> {
  const { path, part } = repository;
  const { restoreInPlace: put } = operations;
  if (put === undefined) {
    const fix =
      byHand(keyring.stack)[part] ??
      `slipway backup restore ${path} --to FOLDER --stack ${keyring.stack}`;
    throw new UserError(`${path} cannot be restored in place by a command\n  fix:  ${fix}`, 2);
  }
  if (to !== undefined) throw new UserError("--to and --in-place: give one of the two", 2);
  const prepared = await operations.prepareInPlace?.(snapshot);
  const { id, at } =
    prepared?.snapshot === undefined
      ? await newest(repository, keyring, snapshot)
      : { id: prepared.snapshot, at: new Date().toISOString() };
  const consequences = prepared?.consequences ?? ["the existing data is replaced"];
  await agree([...consequences.map((each) => `${path}: ${each}`), `${path}: as of ${at} (${id})`]);
  await show(`restore ${path}`, async (say) => {
    await put(id, say);
    return undefined;
  });
  return { part: path, snapshot: id, at };
}

async function newest(
  repository: Repository,
  keyring: Keyring,
  wanted: string | undefined,
): Promise<{ id: string; at: string }> {
  const { id, at } = await OpenRepository.use(repository, keyring, (open) => open.backup(wanted));
  return { id, at: at.toISOString() };
}
