import { Command } from "commander";
import { clusterStatus, type ClusterStatus } from "../../../sandbox/cluster";
import { layout } from "../../../sandbox/layout";
import { openSession } from "../../release/session";
import { readStanding, type Standing } from "../../release/standing";
import { onStack, told, type StackOptions } from "../options";
import { table } from "../table";

/** `slipway status`: what runs where, and the sandbox's processes. */
export const status = (): Command =>
  onStack(
    new Command("status")
      .description("what runs in a stack: version, slot, step of a release, pods that are ready")
      .option("--sandbox", "the processes of this checkout's sandbox, too"),
    ["status", "status --stack uat --json", "status --sandbox"],
    { changes: false },
  ).action(async ({ stack, json, sandbox = false }: StackOptions & { sandbox?: boolean }) => {
    const here = layout();
    const cluster = clusterStatus(here);
    const session = openSession(stack);
    const onIt = onSandbox(session.file.config());
    const reachable = !onIt || (session.sandbox !== undefined && cluster.state === "ready");
    const projects = reachable ? await readStanding(session) : [];
    const text = [
      `sandbox: ${cluster.state}, state in ${here.state}`,
      ...((sandbox || !reachable) && cluster.units.length > 0 ? [unitTable(cluster)] : []),
      ...(reachable ? [] : ["npm run up starts it, and what of it has died"]),
      ...(reachable ? [`stack ${session.stack}:`, standingTable(projects)] : []),
    ];
    told({ cluster, stack: session.stack, projects }, text.join("\n"), json);
  });

function onSandbox(config: Readonly<Record<string, unknown>>): boolean {
  const cluster = config["slipway:cluster"] as { kind?: unknown } | undefined;
  return cluster?.kind === "sandbox";
}

/** Renders what runs; pure. */
export const standingTable = (rows: readonly Standing[]): string =>
  table(
    ["project", "version", "slot", "on its way", "ready", "verified"],
    rows.map(({ project, version, slot, step, ready, replicas, verified }) => [
      ...[project, version, slot, step, `${ready}/${replicas}`, verified],
    ]),
  );

const unitTable = ({ units }: ClusterStatus): string =>
  table(
    ["process", "state", "pid", "restarts", "log"],
    units.map(({ name, state, pid = "-", restarts, log }) => [
      name,
      state,
      `${pid}`,
      `${restarts}`,
      log,
    ]),
  );
