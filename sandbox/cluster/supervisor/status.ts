import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { ProcessId } from "../../../components/shared/system/process";

/**
 * waiting: for units it comes after · starting: runs, not ready yet · ready · unready: was ready, its probe fails now ·
 * done: a task that ended well · backoff: ended, is started again soon · failing: ended several times before it was ready,
 * is started again ever more slowly · stopped
 */
export const UnitState = z.enum([
  "waiting",
  "starting",
  "ready",
  "unready",
  "done",
  "backoff",
  "failing",
  "stopped",
]);
export type UnitState = z.infer<typeof UnitState>;

export const UnitStatus = z.strictObject({
  name: z.string(),
  state: UnitState,
  /** The process number inside the supervisor's namespaces. */
  process: ProcessId.optional(),
  restarts: z.int(),
  /** When it entered its state, ISO 8601. */
  since: z.string(),
  /** Why it is not ready. */
  problem: z.string().optional(),
  /** Path of its log. */
  log: z.string(),
});
export type UnitStatus = z.infer<typeof UnitStatus>;

/** The supervisor's report in `<state>/run/status.json`. */
export const Status = z.strictObject({
  /** Fingerprint of its specification. */
  revision: z.string(),
  stopping: z.boolean(),
  units: z.array(UnitStatus),
});
export type Status = z.infer<typeof Status>;

/** Whether a unit does, or has done, its work. */
export const isUp = ({ state }: UnitStatus): boolean => state === "ready" || state === "done";

/** Replaces the file atomically: readers never see half of it. */
export function writeStatus(path: string, status: Status): void {
  writeFileSync(`${path}.tmp`, JSON.stringify(status), { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

/** The status last written; undefined if there is none, or one of another version of Slipway. */
export function readStatus(path: string): Status | undefined {
  try {
    return Status.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}
