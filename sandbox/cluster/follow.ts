import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../../components/shared/problem";
import type { Layout } from "../layout";
import type { Progress } from "../progress";
import { isAlive } from "../../components/shared/system/process";
import { supervisorLog, type Run } from "./run";
import { statusPath } from "./specification";
import { logTail } from "./supervisor/log";
import { isUp, readStatus, type Status, type UnitStatus } from "./supervisor/status";

/** Seconds that a unit may take from its start until it is ready. */
const timeout = 120;

/** Follows a start until every unit is up, and reports progress; throws a UserError with the log of a unit that fails. */
export async function follow(layout: Layout, run: Run, progress: Progress): Promise<void> {
  const begin = Date.now();
  for (;;) {
    const status = readStatus(statusPath(layout));
    const alive = isAlive(run.process);
    if (status !== undefined) {
      const failing = status.units.find((unit) => hasFailed(unit, Date.now()));
      if (failing !== undefined) throw new UserError(failure(failing));
      if (alive && status.units.every(isUp)) return;
      progress(summary(status, Date.now() - begin), fraction(status));
    }
    if (!alive) {
      const log = supervisorLog(layout);
      throw new UserError(withLog("the sandbox's supervisor ended", log));
    }
    await delay(200);
  }
}

/** Whether that unit needs no more waiting. */
export function hasFailed({ state, since }: UnitStatus, now: number): boolean {
  const age = (now - Date.parse(since)) / 1000;
  return state === "failing" || (state === "starting" && age > timeout);
}

/** One line about a start: `9 of 14 processes ready (6 s), waiting for kubelet, coredns`. */
export function summary({ units }: Status, milliseconds: number): string {
  const missing = units.filter((unit) => !isUp(unit) && unit.state !== "waiting");
  const names = missing.map(({ name }) => name).join(", ");
  const count = `${units.filter(isUp).length} of ${units.length} processes ready`;
  const waiting = names === "" ? "" : `, waiting for ${names}`;
  return `${count} (${Math.round(milliseconds / 1000)} s)${waiting}`;
}

function fraction({ units }: Status): number {
  return units.filter(isUp).length / units.length;
}

/** Why a start failed, with the unit's last lines. */
export function failure({ name, state, problem, log }: UnitStatus): string {
  const why = problem === undefined ? "" : `: ${problem}`;
  const what = state === "failing" ? "ends again and again" : `is not ready after ${timeout} s`;
  return withLog(`the sandbox does not start: ${name} ${what}${why}`, log);
}

function withLog(message: string, log: string): string {
  const lines = logTail(log).map((line) => `  ${line}`);
  return [
    message,
    ...(lines.length === 0 ? [] : ["its last lines:", ...lines]),
    `log: ${log}`,
  ].join("\n");
}
