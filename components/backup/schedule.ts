import { createHash } from "node:crypto";

/** Schedules that both systemd's OnCalendar and a CronJob can express. */
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

/** Seconds without a new snapshot after which one is overdue: one and a half periods. */
export const lateAfter = (schedule: string): number => 1.5 * periodOf(schedule);

/** The same schedule for a CronJob; the minute depends on the name, so jobs of the same hour are spread. */
export function cronOf(schedule: string, name: string): string {
  const every = /^\*:0\/(\d+)$/.exec(schedule)?.[1];
  if (every !== undefined) return `*/${every} * * * *`;
  const [, hour, minute] = /^(\d\d):(\d\d)$/.exec(schedule) ?? [];
  if (hour !== undefined && minute !== undefined) return `${Number(minute)} ${Number(hour)} * * *`;
  const at = createHash("sha256").update(name).digest().readUInt32BE(0) % 60;
  const rest = { hourly: "* * * *", weekly: "0 * * 1" }[schedule] ?? "0 * * *";
  return `${at} ${rest}`;
}

/** The schedule as systemd's OnCalendar, so many seconds later: `daily` and 600 are `*-*-* 00:10:00`. */
export function calendarOf(schedule: string, later: number): string {
  const every = /^\*:0\/(\d+)$/.exec(schedule)?.[1];
  const two = (number: number): string => String(number).padStart(2, "0");
  const [hour, minute, second] = clock(later);
  if (every !== undefined) return `*:${minute}/${every}:${two(second)}`;
  if (schedule === "hourly") return `*:${two(minute)}:${two(second)}`;
  const [, atHour = "0", atMinute = "0"] = /^(\d\d):(\d\d)$/.exec(schedule) ?? [];
  const at = clock(Number(atHour) * hours + Number(atMinute) * minutes + later);
  if (schedule !== "weekly") return `*-*-* ${at.map(two).join(":")}`;
  return `Mon *-*-* ${[hour, minute, second].map(two).join(":")}`;
}

/** Hour, minute and second of a day. */
const clock = (seconds: number): [number, number, number] => [
  Math.floor(seconds / hours) % 24,
  Math.floor(seconds / minutes) % 60,
  seconds % 60,
];
