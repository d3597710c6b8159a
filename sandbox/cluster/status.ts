import type { Layout } from "../layout";
import {
  innermostPid,
  isAlive,
  listProcesses,
  type ProcessEntry,
} from "../../components/shared/system/process";
import { currentRun, initOf, type Run } from "./run";
import { statusPath } from "./specification";
import { isUp, readStatus, type UnitStatus } from "./supervisor/status";

/** One process of the sandbox, as seen from the host. */
export interface ProcessStatus extends Omit<UnitStatus, "process"> {
  /** Its process number on the host. */
  pid?: number;
}

/** State of a sandbox; `stopped` without units if it does not run. */
export interface ClusterStatus {
  state: "stopped" | "starting" | "ready" | "stopping";
  mode?: Run["mode"];
  units: ProcessStatus[];
}

/** Reads the sandbox's status without changing anything. */
export function clusterStatus(layout: Layout): ClusterStatus {
  const run = currentRun(layout);
  const status = readStatus(statusPath(layout));
  if (run === undefined) return { state: "stopped", units: [] };
  if (status === undefined) return { state: "starting", mode: run.mode, units: [] };
  const hostPid = run.mode === "isolated" ? pidsInside(run) : ownPids;
  const units = status.units.map(({ process, ...rest }) => ({
    ...rest,
    pid: process === undefined ? undefined : hostPid(process),
  }));
  const up = status.units.every(isUp) ? "ready" : "starting";
  return { state: status.stopping ? "stopping" : up, mode: run.mode, units };
}

type HostPid = (process: { pid: number; start: string }) => number | undefined;

const ownPids: HostPid = (process) => (isAlive(process) ? process.pid : undefined);

/** Translates numbers inside the sandbox's PID namespace; start times are the same on both sides. */
function pidsInside(run: Run): HostPid {
  const all = listProcesses();
  const init = initOf(run);
  const inside = init === undefined ? [] : descendants(all, init.pid);
  const known = inside.map((entry) => ({ ...entry, innermost: innermostPid(entry.pid) }));
  return ({ pid, start }) =>
    known.find((entry) => entry.innermost === pid && entry.start === start)?.pid;
}

function descendants(all: readonly ProcessEntry[], root: number): ProcessEntry[] {
  const children = all.filter(({ parent }) => parent === root);
  return children.flatMap((child) => [child, ...descendants(all, child.pid)]);
}
