import { z } from "zod";
import { ReleaseRecord } from "./record";
import type { Engine } from "../engine/engine";
import { sameVersion } from "./transitions";

/** One update of a stack, from its history. */
export interface HistoryEntry {
  /** `update`, `refresh`, `destroy`, `import`, …: the engine's name for it. */
  kind: string;
  /** When it began, ISO 8601. */
  at: string;
  result: string;
  /** First line of its message; empty if it had none. */
  message: string;
  by: string | undefined;
  /** Commit of this repository that it ran from; with `+` if files had been changed. */
  commit: string | undefined;
  /** How many resources were created, updated, deleted, … */
  changes: Readonly<Record<string, number>>;
  /** The records it ran with, as written; undefined for an update without records or with unreadable ones. */
  releases: Readonly<Record<string, unknown>> | undefined;
}

const Update = z.object({
  kind: z.string().catch("unknown"),
  startTime: z.string().catch(""),
  message: z.string().catch(""),
  result: z.string().catch("unknown"),
  environment: z.record(z.string(), z.string()).catch({}),
  config: z.record(z.string(), z.unknown()).catch({}),
  resourceChanges: z.record(z.string(), z.number()).catch({}),
});

const Releases = z.object({ objectValue: z.record(z.string(), z.unknown()) });

/** Reads a page of a stack's history, the latest first; works with any backend, and with updates by others. */
export async function readHistory(engine: Engine, size: number, page = 1): Promise<HistoryEntry[]> {
  const limits = ["--page-size", `${size}`, "--page", `${page}`];
  return parseHistory(await engine.json("stack", "history", ...limits));
}

/** Parses the output of `pulumi stack history --json`; pure. */
export function parseHistory(printed: unknown): HistoryEntry[] {
  return z
    .array(Update)
    .catch([])
    .parse(printed)
    .map(({ kind, startTime, message, result, environment, config, resourceChanges }) => {
      const [first = "", ...rest] = message.split("\n");
      const by = rest.map((line) => /^by (.+)$/.exec(line)?.[1]).find((who) => who !== undefined);
      const head = environment["git.head"]?.slice(0, 8);
      const dirty = environment["git.dirty"] === "true" ? "+" : "";
      const releases = Releases.safeParse(config["slipway:releases"]);
      return {
        kind,
        at: startTime,
        result,
        message: first,
        by: by ?? environment["git.committer"] ?? environment["git.author"],
        commit: head === undefined ? undefined : `${head}${dirty}`,
        changes: resourceChanges,
        releases: releases.success ? releases.data.objectValue : undefined,
      };
    });
}

/** A message for the history: what is done, and by whom. */
export const signed = (what: string, who: string): string => `${what}\nby ${who}`;

/** The project that an update was limited to: it changed no other record, whatever the file said. */
const limitOf = ({ message }: HistoryEntry): string | undefined =>
  /^slipway: ([^:]+): /.exec(message)?.[1];

/**
 * Updates, the latest first, with the records in effect after each: for a limited update its own record, and all others as
 * before.
 */
export function inEffect(entries: readonly HistoryEntry[]): HistoryEntry[] {
  let before: HistoryEntry["releases"];
  const after = entries.toReversed().map((entry) => {
    const { releases } = entry;
    const limit = limitOf(entry);
    if (limit !== undefined && before !== undefined && releases !== undefined) {
      const others = Object.entries(before).filter(([project]) => project !== limit);
      const own = limit in releases ? { [limit]: releases[limit] } : {};
      before = { ...Object.fromEntries(others), ...own };
    } else before = releases ?? before;
    return releases === undefined ? entry : { ...entry, releases: before };
  });
  return after.reverse();
}

/** Projects whose record an update has changed, given the previous update. */
export function changedProjects(entry: HistoryEntry, before: HistoryEntry | undefined): string[] {
  const [now, then] = [entry.releases ?? {}, before?.releases ?? {}];
  return [...new Set([...Object.keys(now), ...Object.keys(then)])]
    .filter((project) => JSON.stringify(now[project]) !== JSON.stringify(then[project]))
    .sort();
}

/** The record that an update ran a project with; undefined if there was none, or none that can be read. */
export function recordOf({ releases }: HistoryEntry, project: string): ReleaseRecord | undefined {
  const result = ReleaseRecord.safeParse(releases?.[project]);
  return result.success ? result.data : undefined;
}

/**
 * The record that was last applied: that of the latest update that succeeded and was not limited to another project. An update
 * that was stopped or failed has written its record, but may have changed nothing yet.
 */
export function broughtAbout(
  entries: readonly HistoryEntry[],
  project: string,
): ReleaseRecord | undefined {
  const whole = entries.find((entry) => hasBroughtAbout(entry, project));
  return whole && recordOf(whole, project);
}

const hasBroughtAbout = ({ kind, result, message }: HistoryEntry, project: string): boolean =>
  kind === "update" &&
  result === "succeeded" &&
  (!message.startsWith("slipway: ") || message.startsWith(`slipway: ${project}: `));

/** A version of a project that has served, with the last time it did. */
export interface Served {
  record: ReleaseRecord;
  at: string;
}

/** Versions at the end of successful updates, each once, the latest first, with their settings at that time. */
export function servedVersions(entries: readonly HistoryEntry[], project: string): Served[] {
  const served: Served[] = [];
  let later: ReleaseRecord | undefined;
  for (const entry of entries) {
    const record = recordOf(entry, project);
    const left = later?.before;
    later = record;
    if (!hasBroughtAbout(entry, project)) continue;
    if (record === undefined || record.removed === true) continue;
    if (served.some((known) => sameVersion(known.record, record))) continue;
    const { settings = record.settings } = left?.digest === record.digest ? left : {};
    served.push({
      record: settings === undefined ? record : { ...record, settings },
      at: entry.at,
    });
  }
  return served;
}

/** How many updates are read at a time. */
const pageSize = 50;

/** A stack's history, page by page, each page read once: reading one takes the engine a fifth of a second. */
export class History {
  private readonly pages: Promise<HistoryEntry[]>[] = [];

  constructor(private readonly engine: Engine) {}

  /** The latest updates, or those before them; less than a page means the end. */
  async page(number = 1): Promise<HistoryEntry[]> {
    return await (this.pages[number] ??= readHistory(this.engine, pageSize, number));
  }
}

/** The `back`-th version before the current one, or the one that a predicate matches; reads no more than needed. */
export async function findServed(
  history: History,
  project: string,
  wanted: (candidates: readonly Served[]) => Served | undefined,
  skip: (record: ReleaseRecord) => boolean,
): Promise<{ found: Served | undefined; candidates: Served[] }> {
  const entries: HistoryEntry[] = [];
  for (let page = 1; ; page++) {
    const more = await history.page(page);
    entries.push(...more);
    const candidates = servedVersions(entries, project).filter(({ record }) => !skip(record));
    const found = wanted(candidates);
    if (found !== undefined || more.length < pageSize) return { found, candidates };
  }
}
