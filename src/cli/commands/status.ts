import { Command } from "commander";
import { clusterStatus, type ClusterStatus } from "../../../sandbox/cluster";
import { UserError } from "../../../components/shared/problem";
import { layout } from "../../../sandbox/layout";
import type { Session } from "../../engine/session";
import { readLinks, type LinkStatus } from "../../status/links";
import { readStatus, type ProjectStatus } from "../../status/projects";
import { onStack, report, type StackOptions } from "../options";
import { table } from "../table";
import { openSession } from "../session";

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
    const projects = await statusOf(session, cluster.state);
    const links = projects === undefined ? [] : await readLinks(session);
    const elsewhere =
      projects !== undefined && onSandbox(session.file.config())
        ? session.env["SLIPWAY_SANDBOX"]
        : undefined;
    const text = [
      sandboxLine(cluster.state, here.state, elsewhere),
      ...((sandbox || projects === undefined) && cluster.units.length > 0
        ? [unitTable(cluster)]
        : []),
      ...(projects === undefined
        ? ["it does not answer, so what runs there is not known; npm run up starts it"]
        : [`stack ${session.stack}:`, statusTable(projects)]),
      ...(links.length === 0 ? [] : [linkTable(links)]),
    ];
    const result = { cluster, stack: session.stack, projects: projects ?? [], links };
    report(result, text.join("\n"), json);
  });

/**
 * State of this checkout's sandbox. If the stack is on a sandbox that answers, that is another checkout's, set by the
 * environment, and is not called stopped; pure.
 */
export const sandboxLine = (
  state: ClusterStatus["state"],
  folder: string,
  answering: string | undefined,
): string =>
  answering === undefined || state === "ready"
    ? `sandbox: ${state}, state in ${folder}`
    : `sandbox: ready, another checkout's, by SLIPWAY_SANDBOX: ${answering}`;

/** What runs; undefined if the stack is on a sandbox that is not up. */
async function statusOf(
  session: Session,
  state: ClusterStatus["state"],
): Promise<ProjectStatus[] | undefined> {
  const onIt = onSandbox(session.file.config());
  if (onIt && session.sandbox === undefined) return undefined;
  try {
    return await readStatus(session);
  } catch (error) {
    if (onIt && state !== "ready" && error instanceof UserError) return undefined;
    throw error;
  }
}

function onSandbox(config: Readonly<Record<string, unknown>>): boolean {
  const cluster = config["slipway:cluster"] as { kind?: unknown } | undefined;
  return cluster?.kind === "sandbox";
}

/** Renders what runs, and below it a line for each project whose file, stack and cluster differ; pure. */
export function statusTable(rows: readonly ProjectStatus[]): string {
  const lines = rows.map(({ project, version, slot, step, ready, replicas, verified }) => [
    ...[project, version, slot, step, `${ready}/${replicas}`, verified],
  ]);
  const differing = new Map<string, string[]>();
  for (const { project, differs } of rows.filter(({ differs }) => differs !== ""))
    differing.set(differs, [...(differing.get(differs) ?? []), project]);
  return [
    table(["project", "version", "slot", "being rolled out", "ready", "verified"], lines),
    ...[...differing].map(([differs, projects]) => `${projects.join(", ")}: ${differs}`),
  ].join("\n");
}

/** Renders what of the platform's parts a person opens; pure. */
export const linkTable = (links: readonly LinkStatus[]): string =>
  table(
    ["part", "for", "address", "state"],
    links.map(({ part, purpose, url, state }) => [part, purpose, url, state]),
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
