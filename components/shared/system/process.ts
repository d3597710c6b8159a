import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { z } from "zod";

/** Identity of a process, distinct from a later one with the same PID. */
export const ProcessId = z.strictObject({
  pid: z.int(),
  /** Its start time: opaque, but unique on this machine. */
  start: z.string(),
});
export type ProcessId = z.infer<typeof ProcessId>;

/** A process from /proc. */
export interface ProcessEntry extends ProcessId {
  parent: number;
}

/** Identity of a running process; undefined when there is none, or only its zombie. */
export function identify(pid: number): ProcessId | undefined {
  if (process.platform === "linux") {
    const entry = readEntry(pid);
    return entry && { pid, start: entry.start };
  }
  try {
    const start = execFileSync("ps", ["-o", "lstart=", "-p", `${pid}`], { encoding: "utf8" });
    return { pid, start: start.trim() };
  } catch {
    return undefined;
  }
}

/** Whether that very process still runs. */
export function isAlive({ pid, start }: ProcessId): boolean {
  return identify(pid)?.start === start;
}

/** Sends a signal to that very process, if it still runs. */
export function signal(target: ProcessId, name: NodeJS.Signals): void {
  if (!isAlive(target)) return;
  try {
    process.kill(target.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Every process, as seen from the namespace of the caller. Linux only. */
export function listProcesses(): ProcessEntry[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readEntry(Number(name)))
    .filter((entry) => entry !== undefined);
}

/** PID of a process inside its innermost PID namespace. Linux only. */
export function innermostPid(pid: number): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const last = /^NSpid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/).at(-1);
    return last === undefined ? undefined : Number(last);
  } catch {
    return undefined;
  }
}

/**
 * Reads /proc/<pid>/stat, with the field numbers of proc(5); the second, the command, may contain spaces and parentheses. A
 * process whose first thread has ended lives on, with its ports, until its other threads end.
 */
function readEntry(pid: number): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fromThird = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const field = (number: number) => fromThird[number - 3] ?? "";
    const ended = field(3) === "Z" || field(3) === "X";
    if (ended && Number(field(20)) <= 1) return undefined;
    return { pid, parent: Number(field(4)), start: `${bootId()}:${field(22)}` };
  } catch {
    return undefined;
  }
}

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}
