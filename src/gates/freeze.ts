import type { Problem } from "../../components/shared/problem";
import type { FreezeWindow } from "./config";
import { place, type Document } from "../../components/shared/config/document";

/** Days as `Date.getUTCDay` counts them. */
const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const minute = 60_000;
const week = 7 * 24 * 60;

/** A freeze that is active at a moment. */
export interface OpenFreeze {
  /** Its index in the list. */
  index: number;
  /** When it began; for a weekly one, accurate to an hour across a clock change. */
  since: Date;
  /** In readable form: `Fri 18:00 to Mon 08:00 (Asia/Shanghai): weekend`. */
  text: string;
}

/** The first freeze that is active at a moment. */
export function openFreeze(
  windows: readonly FreezeWindow[] = [],
  now: Date,
): OpenFreeze | undefined {
  for (const [index, window] of windows.entries()) {
    const since = beganAt(window, now);
    if (since !== undefined) return { index, since, text: describe(window) };
  }
  return undefined;
}

const describe = ({ from, to, zone, why }: FreezeWindow): string =>
  `${from} to ${to}${zone === undefined ? "" : ` (${zone})`}: ${why}`;

/** When an active window began; its end no longer belongs to it. */
function beganAt({ from, to, zone }: FreezeWindow, now: Date): Date | undefined {
  const [first, last] = [weekly(from), weekly(to)];
  if (first === undefined || last === undefined) {
    const [begin, end] = [new Date(from), new Date(to)];
    return begin <= now && now < end ? begin : undefined;
  }
  if (!isZone(zone)) return undefined;
  const after = (moment: number) => (((moment - first) % week) + week) % week;
  const elapsed = after(minuteOfWeek(now, zone));
  return elapsed < after(last) ? new Date(now.getTime() - elapsed * minute) : undefined;
}

/** Minutes since the start of Sunday for a weekly time; undefined for a moment. */
function weekly(edge: string): number | undefined {
  const [, day = "", hours, minutes] = /^([A-Z][a-z]{2}) (\d\d):(\d\d)$/.exec(edge) ?? [];
  const index = days.indexOf(day);
  return index < 0 ? undefined : (index * 24 + Number(hours)) * 60 + Number(minutes);
}

/** The same for a moment, in a time zone. */
function minuteOfWeek(moment: Date, timeZone: string): number {
  const clock = new Intl.DateTimeFormat("en-US", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  } as const).formatToParts(moment);
  const part = (type: string) => clock.find((each) => each.type === type)?.value ?? "";
  return weekly(`${part("weekday")} ${part("hour")}:${part("minute")}`) ?? 0;
}

function isZone(zone: string | undefined): zone is string {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: zone });
    return zone !== undefined;
  } catch {
    return false;
  }
}

/** Windows that are never active, or whose time cannot be determined. */
export function freezeProblems(
  document: Document,
  windows: readonly FreezeWindow[] = [],
): Problem[] {
  return windows.flatMap((window, index) => {
    const problem = windowProblem(window);
    if (problem === undefined) return [];
    const { key, ...rest } = problem;
    return [place(document, ["freeze", index, key], rest)];
  });
}

function windowProblem({
  from,
  to,
  zone,
}: FreezeWindow): ({ key: keyof FreezeWindow } & Omit<Problem, "file" | "path">) | undefined {
  const isWeekly = weekly(from) !== undefined;
  if (isWeekly !== (weekly(to) !== undefined)) {
    const allowed = isWeekly ? "a day and a time, as `from` is one" : "a moment, as `from` is one";
    return { key: "to", given: to, allowed };
  }
  if (isWeekly) {
    if (from === to) return { key: "to", given: to, allowed: "another time than `from`" };
    if (zone === undefined) {
      const fix = "it is missing: add it, e.g. `zone: Asia/Shanghai`";
      return { key: "zone", allowed: "the time zone whose clocks count", fix };
    }
    if (isZone(zone)) return undefined;
    return { key: "zone", given: zone, allowed: "a time zone such as Asia/Shanghai or UTC" };
  }
  for (const key of ["from", "to"] as const) {
    const given = { from, to }[key];
    if (Number.isNaN(Date.parse(given))) return { key, given, allowed: "a day that exists" };
  }
  if (new Date(from) >= new Date(to))
    return { key: "to", given: to, allowed: "a moment after `from`" };
  return undefined;
}
