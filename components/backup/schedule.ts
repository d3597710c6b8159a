import { createHash } from "node:crypto";

/** What a schedule may be: words that systemd's OnCalendar and a CronJob both have. */
export const schedulePattern =
  /^(hourly|daily|weekly|\*:0\/(5|10|15|20|30)|([01]\d|2[0-3]):[0-5]\d)$/;
export const scheduleRule =
  "hourly, daily, weekly, each so many minutes such as *:0/15 (5, 10, 15, 20 or 30), or a time of each day such as 02:30";

const minutes = 60;
const hours = 3600;
const days = 24 * hours;

/** Seconds from one time to the next. */
export function periodOf(schedule: string): number {
  const every = /^\*:0\/(\d+)$/.exec(schedule)?.[1];
  if (every !== undefined) return Number(every) * minutes;
  return { hourly: hours, weekly: 7 * days }[schedule] ?? days;
}

/** After how many seconds without a new snapshot one is missing: half a period more than there should be between two. */
export const lateAfter = (schedule: string): number => 1.5 * periodOf(schedule);

/** The same schedule for a CronJob; what is due at the same hour is spread over its minutes, by name. */
export function cronOf(schedule: string, name: string): string {
  const every = /^\*:0\/(\d+)$/.exec(schedule)?.[1];
  if (every !== undefined) return `*/${every} * * * *`;
  const [, hour, minute] = /^(\d\d):(\d\d)$/.exec(schedule) ?? [];
  if (hour !== undefined && minute !== undefined) return `${Number(minute)} ${Number(hour)} * * *`;
  const at = createHash("sha256").update(name).digest().readUInt32BE(0) % 60;
  const rest = { hourly: "* * * *", weekly: "0 * * 1" }[schedule] ?? "0 * * *";
  return `${at} ${rest}`;
}
