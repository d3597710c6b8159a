import type { BackupSpec } from "../../../components/backup/spec";
import type { BackupStatus } from "../../backup/status";
import { table } from "../table";

/** Status of backups as tables for people; pure. */
export function statusText(
  statuses: readonly BackupStatus[],
  without: BackupSpec["without"],
): string {
  const rows = statuses.map(
    ({ part, schedule, target, newest, bytes, backups, drill, problem, warnings }) => [
      ...[part, schedule, target],
      newest === undefined ? "never" : `${newest.snapshot}, ${ageOf(newest.ageSeconds)} ago`,
      String(backups),
      bytes === undefined ? "" : sizeOf(bytes),
      drill === undefined ? "never" : `${drill.ok ? "passed" : "failed"} ${drill.ageDays} d ago`,
      problem?.split("\n")[0] ?? (warnings === undefined ? "well" : "see below"),
    ],
  );
  const left = Object.entries(without).map(([part, why]) => `${part} is left out: ${why}`);
  // For a part that could not be checked, everything that is known; and what machines report about themselves.
  const more = statuses.flatMap(({ part, problem = "", warnings = [] }) => [
    ...(problem.includes("\n") ? [problem] : []),
    ...warnings.map((warning) => `${part}: ${warning}`),
  ]);
  const head = ["part", "schedule", "target", "newest", "backups", "size", "drill", "state"];
  return [table(head, rows), ...left, ...more].join("\n");
}

function ageOf(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800
    ? `${Math.floor(seconds / 3600)} h`
    : `${Math.floor(seconds / 86_400)} d`;
}

function sizeOf(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let [size, unit] = [bytes, 0];
  for (; size >= 1024 && unit < units.length - 1; unit++) size /= 1024;
  return `${size < 10 && unit > 0 ? size.toFixed(1) : Math.round(size)} ${units[unit] ?? ""}`;
}
