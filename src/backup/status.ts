import { lateAfter } from "../../components/backup/schedule";
import { tags, type Repository } from "../../components/backup/spec";
import { UserError } from "../../components/shared/problem";
import type { BackupPart } from "./parts";
import { OpenRepository, type Keyring, type Snapshot } from "./repository";

/** Status of a part. */
export interface BackupStatus {
  part: string;
  schedule: string;
  target: string;
  /** How many backups there are. */
  backups: number;
  /** The newest one. */
  newest?: { snapshot: string; at: string; ageSeconds: number };
  /** Size of all of them at the target, in bytes. */
  bytes?: number;
  /** The last drill, by any machine. */
  drill?: { at: string; ageDays: number; ok: boolean };
  /** What is wrong with it; absent if nothing is. */
  problem?: string;
  /** What the machines that take it report as wrong, each with its name; absent if nothing is. */
  warnings?: readonly string[];
}

/** Checks a part, its target and the machines that take it; a failed check is reported with its reason. */
export async function statusOf(
  { repository, operations }: BackupPart,
  keyring: Keyring,
): Promise<BackupStatus> {
  const [status, warnings] = await Promise.all([
    atTarget(repository, keyring),
    operations.warnings?.() ?? [],
  ]);
  return { ...status, ...(warnings.length === 0 ? {} : { warnings }) };
}

/** Whether a part is in order. */
export const isWell = ({ problem, warnings }: BackupStatus): boolean =>
  problem === undefined && warnings === undefined;

async function atTarget(repository: Repository, keyring: Keyring): Promise<BackupStatus> {
  const { path, spec } = repository;
  const plain = { part: path, schedule: spec.schedule, target: spec.target.name };
  try {
    return await OpenRepository.use(repository, keyring, async (open) => {
      const snapshots = await open.snapshots();
      return { ...plain, bytes: await open.size(), ...statusFrom(spec, snapshots, new Date()) };
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (/there is no such backup/.test(error.message))
      return { ...plain, ...statusFrom(spec, [], new Date()) };
    return { ...plain, backups: 0, problem: error.message };
  }
}

/** Status of a part at a moment, from its snapshots; pure. */
export function statusFrom(
  { schedule, drill: drills }: Repository["spec"],
  snapshots: readonly Snapshot[],
  now: Date,
): Pick<BackupStatus, "backups" | "newest" | "drill" | "problem"> {
  const tagged = (tag: string) => snapshots.filter((each) => each.tags.includes(tag));
  const backups = tagged(tags.backup);
  const [newest, last] = [backups.at(-1), tagged(tags.drill).at(-1)];
  const seconds = ({ at }: Snapshot): number => Math.max(0, (now.getTime() - at.getTime()) / 1000);
  const ok = last?.tags.includes("ok") ?? false;
  const problems = [
    ...(newest === undefined ? ["there is no backup"] : []),
    ...(newest !== undefined && seconds(newest) > lateAfter(schedule)
      ? [`late: one is due ${schedule}`]
      : []),
    ...(newest !== undefined && last === undefined ? ["never drilled"] : []),
    ...(last !== undefined && !ok ? ["the last drill failed"] : []),
    ...(last !== undefined && ok && seconds(last) > lateAfter(drills)
      ? [`the drill is late: one is due ${drills}`]
      : []),
  ];
  return {
    backups: backups.length,
    ...(newest && {
      newest: {
        snapshot: newest.id,
        at: newest.at.toISOString(),
        ageSeconds: Math.round(seconds(newest)),
      },
    }),
    ...(last && {
      drill: { at: last.at.toISOString(), ageDays: Math.floor(seconds(last) / 86_400), ok },
    }),
    ...(problems.length === 0 ? {} : { problem: problems.join("; ") }),
  };
}
