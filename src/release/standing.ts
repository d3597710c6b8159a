import { z } from "zod";
import { kubernetesName, namespaceName } from "../../components/shared/names";
import type { ReleaseRecord } from "../settings/record";
import { kubectl } from "./kubectl";
import { readStack } from "./project";
import type { Session } from "./session";
import { shortDigest } from "./walk";

/** What of a project runs in a stack: what is written, and what the cluster has. */
export interface Standing {
  project: string;
  /** Tag and digest of the version that serves; of one without a record the digest that the cluster has. */
  version: string;
  /** Slot that serves; both with halves. */
  slot: string;
  /** What is on its way, and how far; empty in peace. */
  step: string;
  ready: number;
  replicas: number;
  /** When it was verified here; empty when it was not. */
  verified: string;
}

const Deployments = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        labels: z.record(z.string(), z.string()).default({}),
      }),
      spec: z.object({
        replicas: z.number().default(1),
        template: z.object({
          spec: z.object({ containers: z.array(z.object({ image: z.string() })) }),
        }),
      }),
      status: z.object({ readyReplicas: z.number().default(0) }).prefault({}),
    }),
  ),
});
/** A Deployment as the cluster has it. */
export type Live = z.output<typeof Deployments>["items"][number];

/** Reads what runs in a stack: its records, and one list of Deployments. */
export async function readStanding(session: Session): Promise<Standing[]> {
  const { config } = readStack(session.file);
  const namespace = namespaceName(config.system, session.stack);
  const which = ["--namespace", namespace, "--selector", "app.kubernetes.io/managed-by=slipway"];
  const text = await kubectl(session, config, ["get", "deployments", ...which, "--output=json"]);
  return standing(config.releases, Deployments.parse(JSON.parse(text)).items);
}

/** Puts records and Deployments together, one line for each project; pure. */
export function standing(
  releases: Readonly<Record<string, ReleaseRecord>>,
  deployments: readonly Live[],
): Standing[] {
  const byApp = new Map<string, Live[]>();
  for (const live of deployments) {
    const app = live.metadata.labels["app"] ?? live.metadata.name;
    byApp.set(app, [...(byApp.get(app) ?? []), live]);
  }
  const named = new Set(Object.keys(releases).map(kubernetesName));
  const recorded = Object.entries(releases).map(([project, record]) =>
    standingOf(project, record, byApp.get(kubernetesName(project)) ?? []),
  );
  const others = [...byApp].flatMap(([app, live]) =>
    named.has(app) || projectOf(live) === undefined
      ? []
      : [standingOf(projectOf(live) ?? app, undefined, live)],
  );
  return [...recorded, ...others].sort((a, b) => (a.project < b.project ? -1 : 1));
}

const projectOf = ([first]: readonly Live[]): string | undefined =>
  first?.metadata.labels["slipway/project"];

function standingOf(
  project: string,
  record: ReleaseRecord | undefined,
  live: readonly Live[],
): Standing {
  const sum = (of: (one: Live) => number): number => live.reduce((all, one) => all + of(one), 0);
  const { next, verified, removed } = record ?? {};
  return {
    project,
    version: removed === true ? "removed" : versionOf(record, live),
    slot: record?.slot ?? slots(live),
    step: next === undefined ? "" : `${named(next)}: ${next.step}`,
    ready: sum(({ status }) => status.readyReplicas),
    replicas: sum(({ spec }) => spec.replicas),
    verified: verified?.at ?? "",
  };
}

function versionOf(record: ReleaseRecord | undefined, live: readonly Live[]): string {
  if (record !== undefined) return named(record);
  const image = live[0]?.spec.template.spec.containers[0]?.image ?? "";
  const digest = /sha256:[0-9a-f]{64}$/.exec(image)?.[0];
  return digest === undefined ? image : `${shortDigest(digest)} (from source)`;
}

const named = ({ digest, tag }: { digest: string; tag?: string | undefined }): string =>
  tag === undefined ? shortDigest(digest) : `${tag} (${shortDigest(digest)})`;

const slots = (live: readonly Live[]): string =>
  live
    .map(({ metadata }) => metadata.labels["slipway/slot"] ?? "")
    .sort()
    .join("+");
