import {
  copyFileSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
} from "node:fs";
import { dirname } from "node:path";

/** Largest size of each of the two log files: the current one and `<log>.1`. */
const bound = 16 * 2 ** 20;

/** Opens the log of a process that is about to start; the log of an earlier run becomes `<path>.1`. */
export function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (existsSync(path)) renameSync(path, `${path}.1`);
  return openSync(path, "a", 0o600);
}

/** Truncates a log beyond its bound. The process writes to the file directly, in append mode, so emptying the file is enough. */
export function boundLog(path: string, descriptor: number, limit = bound): void {
  if (fstatSync(descriptor).size <= limit) return;
  copyFileSync(path, `${path}.1`);
  ftruncateSync(descriptor, 0);
}

/** The last lines of a log, for an error message. */
export function logTail(path: string, lines = 20): string[] {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, "utf8").trimEnd();
  return text === "" ? [] : text.split("\n").slice(-lines);
}
