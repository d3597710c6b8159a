import { Command, InvalidArgumentError } from "commander";
import {
  changedProjects,
  inEffect,
  readHistory,
  recordOf,
  servedVersions,
  type HistoryEntry,
} from "../../records/history";
import { knownProjects, readStack, unknownProject } from "../../rollout/project";
import { sameVersion } from "../../records/transitions";
import { shortDigest } from "../../rollout/titles";
import type { ReleaseRecord } from "../../records/record";
import { onStack, report, type StackOptions } from "../options";
import { table } from "../table";
import { openSession } from "../session";

const examples = ["history", "history SJZY.Package.Api --stack uat", "history --limit 100 --json"];

/** `slipway history`: the stack's updates, and what each did to the projects. */
export const history = (): Command =>
  onStack(
    new Command("history")
      .description("who changed what, when, and how it ended; of one project, the versions it ran")
      .argument("[project]", "only updates that changed this project")
      .option("--limit <number>", "how many updates to look at", count, 20),
    examples,
    { changes: false },
  ).action(async (project: string | undefined, options: StackOptions & { limit: number }) => {
    const { checkout, engine, file, stack } = openSession(options.stack);
    const record = project === undefined ? undefined : readStack(file).config.releases[project];
    // One more, to see what the last one changed.
    const entries = await readHistory(engine, options.limit + 1);
    const lines = historyLines(inEffect(entries), { project, limit: options.limit });
    const none = project !== undefined && lines.length === 0;
    if (none && !knownProjects(checkout, file).includes(project))
      throw unknownProject(checkout, file, project);
    const text = none
      ? noneText(project, { stack, looked: options.limit, all: entries.length })
      : historyTable(lines, versionsBack(entries, project, record));
    report(lines, text, options.json);
  });

/** The text about a project that no update has changed, of all updates or of those read; pure. */
export const noneText = (
  project: string,
  { stack, looked, all }: { stack: string; looked: number; all: number },
): string =>
  all <= looked
    ? `${project}: no release yet in stack ${stack}`
    : `${project}: none of the last ${looked} updates of stack ${stack} changed it; --limit looks at more`;

/** One update, as printed. */
export interface HistoryLine {
  at: string;
  kind: string;
  result: string;
  by: string;
  commit: string;
  message: string;
  /** Projects whose record it changed, with the record each then had; none if the project was removed. */
  releases: Record<string, Ran>;
  /** How many resources it changed, by operation. */
  changes: Record<string, number>;
}

/** What a project ran, from an update's record. */
type Ran = ReleaseRecord | { unreadable: unknown } | null;

/** Converts updates to rows, the latest first; with a project, only updates that changed its record. Pure. */
export function historyLines(
  entries: readonly HistoryEntry[],
  { project, limit }: { project?: string | undefined; limit: number },
): HistoryLine[] {
  return entries.slice(0, limit).flatMap((entry, index) => {
    const changed = changedProjects(entry, entries[index + 1]);
    if (project !== undefined && !changed.includes(project)) return [];
    const shown = project === undefined ? changed : [project];
    const { at, kind, result, by = "", commit = "", message } = entry;
    const changes = Object.fromEntries(
      Object.entries(entry.changes).filter(([op]) => op !== "same"),
    );
    const releases = Object.fromEntries(shown.map((name) => [name, ranIn(entry, name)]));
    return [{ at, kind, result, by, commit, message, releases, changes }];
  });
}

function ranIn(entry: HistoryEntry, project: string): Ran {
  const written: unknown = entry.releases?.[project];
  if (written === undefined) return null;
  return recordOf(entry, project) ?? { unreadable: written };
}

/** The same in a few words. */
export function versionOf(ran: Ran): string {
  if (ran === null) return "none";
  if ("unreadable" in ran) return "unreadable";
  if (ran.removed === true) return "removed";
  const named = ({ digest, tag }: { digest: string; tag?: string | undefined }): string =>
    tag === undefined ? shortDigest(digest) : `${shortDigest(digest)} (${tag})`;
  const { next } = ran;
  return next === undefined ? named(ran) : `${named(ran)} → ${named(next)}, ${next.step}`;
}

/** The possible values of `rollback --to`: versions that served before the current one and are not rejected. */
function versionsBack(
  entries: readonly HistoryEntry[],
  project: string | undefined,
  record: ReleaseRecord | undefined,
): string[] {
  if (project === undefined || record === undefined) return [];
  const rejected = new Set((record.rejected ?? []).map(({ digest }) => digest));
  return servedVersions(entries, project)
    .filter(({ record: past }) => !sameVersion(past, record) && !rejected.has(past.digest))
    .map(({ record: { digest, tag = "" }, at }, index) =>
      `  --to ${index + 1}  ${shortDigest(digest)} ${tag}  last served ${at}`.replace(
        / {2,}last served/,
        "  last served",
      ),
    );
}

/** Renders updates and the possible rollback targets; pure. */
export function historyTable(lines: readonly HistoryLine[], back: readonly string[]): string {
  const rows = lines.map(({ at, kind, result, by, commit, message, releases, changes }) => [
    at.replace(/\.\d+Z$/, "Z"),
    result === "succeeded" ? kind : `${kind} ${result}`,
    // In a table the name identifies people; the address is in the JSON.
    by.replace(/ <[^<>]*>$/, ""),
    commit,
    releasedIn(releases) || message,
    Object.entries(changes)
      .map(([op, number]) => `${number} ${op}`)
      .join(", "),
  ]);
  const head = ["when", "what", "who", "commit", "release", "resources"];
  return [table(head, rows), ...(back.length === 0 ? [] : ["to go back:", ...back])].join("\n");
}

/** How many projects of one update a table names; the JSON has all. */
const named = 8;

function releasedIn(releases: HistoryLine["releases"]): string {
  const lines = Object.entries(releases).map(([name, ran]) => `${name}: ${versionOf(ran)}`);
  if (lines.length <= named) return lines.join("\n");
  return [...lines.slice(0, named - 1), `and ${lines.length - named + 1} more`].join("\n");
}

function count(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("a whole number from 1");
  return Number(text);
}
