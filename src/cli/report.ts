import { execa } from "execa";
import { z } from "zod";
import { readContract } from "../../components/cluster/sandbox";
import { engineParts } from "../../sandbox/engine";
import type { Layout } from "../../sandbox/layout";
import { sessionEnv } from "../../sandbox/session";
import { pulumiJson } from "./pulumi";
import { table } from "./table";
import { contractPath } from "../../sandbox/contract";

/** A project as seen from outside, from the stack's outputs and the live Deployment. */
export interface ProjectRow {
  name: string;
  /** Image digest, or "-" while nothing is deployed. */
  digest: string;
  ready: number;
  replicas: number;
  /** Its address on this machine. */
  urls: string[];
}

const StackOutputs = z.object({
  projects: z
    .record(
      z.string(),
      z.object({
        namespace: z.string(),
        name: z.string(),
        image: z.string(),
        urls: z.array(z.string()),
      }),
    )
    .default({}),
});

const Deployments = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        namespace: z.string(),
        labels: z.record(z.string(), z.string()).default({}),
      }),
      spec: z.object({ replicas: z.number().default(1) }),
      status: z.object({ readyReplicas: z.number().default(0) }).prefault({}),
    }),
  ),
});

/** Reads the projects of a stack with the current state of their pods. */
export async function projectRows(layout: Layout, stack: string): Promise<ProjectRow[]> {
  const args = ["stack", "output", "--stack", stack];
  const { projects } = StackOutputs.parse(await pulumiJson(layout, args));
  const query = ["get", "deployments", "--all-namespaces", "--output", "json"];
  const { stdout } = await execa("kubectl", query, { env: sessionEnv(layout) });
  const { items } = Deployments.parse(JSON.parse(stdout));
  return Object.entries(projects).map(([name, project]) => {
    // Of either slot.
    const live = items.filter(
      ({ metadata: { namespace, labels } }) =>
        labels["app"] === project.name && namespace === project.namespace,
    );
    return {
      name,
      digest: /sha256:[0-9a-f]+/.exec(project.image)?.[0] ?? "-",
      ready: live.reduce((sum, { status }) => sum + status.readyReplicas, 0),
      replicas: live.reduce((sum, { spec }) => sum + spec.replicas, 0),
      urls: project.urls,
    };
  });
}

/** The table of projects, what is simulated, and the commands to continue by hand. */
export async function report(layout: Layout, stack: string): Promise<string> {
  const contract = readContract(contractPath(layout));
  return [
    projectTable(await projectRows(layout, stack)),
    "",
    ...partsInUse(layout, contract.simulated),
    "",
    'go on by hand:  eval "$(./slipway env)"  then  pulumi up -s test · kubectl get pods -A',
  ].join("\n");
}

/** Renders rows as a table; pure. */
export function projectTable(rows: readonly ProjectRow[]): string {
  return table(
    ["project", "image digest", "ready", "URL"],
    rows.map(({ name, digest, ready, replicas, urls }) => [
      name,
      digest.slice(0, "sha256:".length + 12),
      `${ready}/${replicas}`,
      urls.join("\n"),
    ]),
  );
}

/** A line for each part of the engine, and for each simulated part, so that nobody takes a sandbox for production. */
function partsInUse(layout: Layout, simulated: readonly string[]): string[] {
  const parts = (engineParts(layout) ?? []).map(
    ({ name, version, source }) => `${name} ${version}, ${source}`,
  );
  const list = (lines: readonly string[]): string[] => lines.map((line) => `  - ${line}`);
  return [
    ...["the engine of this sandbox:", ...list(parts)],
    ...["simulated in this sandbox:", ...list(simulated)],
  ];
}
