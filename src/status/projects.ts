import { z } from "zod";
import { managedHere, removedLabel } from "../../components/shared/labels";
import { kubernetesName, namespaceName } from "../../components/shared/names";
import { dyingText, wholeAgain } from "../readiness/gone";
import type { ReleaseRecord } from "../records/record";
import type { StackConfig } from "../stack/config";
import { staleProblem, liveVersions } from "./stale";
import { kubectl } from "../kubernetes/kubectl";
import { readStack } from "../rollout/project";
import type { Session } from "../engine/session";
import { shortDigest } from "../rollout/titles";

/** What a stack runs of a project, as in the cluster, and where its file or the last update differ. */
export interface ProjectStatus {
  project: string;
  /** Tag and digest of the serving version; `-` if nothing runs. */
  version: string;
  /** Slot that serves; both with `halves`. */
  slot: string;
  /** The version being rolled out, and its step; empty in steady state. */
  step: string;
  ready: number;
  replicas: number;
  /** When it was verified here; empty if it was not. */
  verified: string;
  /** Differences between file, stack and cluster, and the fix; empty if there are none. */
  differs: string;
}

const Metadata = z.object({
  name: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
});

const Objects = z.object({
  items: z.array(
    z.discriminatedUnion("kind", [
      z.object({
        kind: z.literal("Deployment"),
        metadata: Metadata,
        spec: z.object({
          replicas: z.number().default(1),
          template: z.object({
            spec: z.object({ containers: z.array(z.object({ image: z.string() })) }),
          }),
        }),
        status: z
          .object({
            readyReplicas: z.number().default(0),
            unavailableReplicas: z.number().default(0),
          })
          .prefault({}),
      }),
      z.object({
        kind: z.literal("Service"),
        metadata: Metadata,
        spec: z.object({ selector: z.record(z.string(), z.string()).default({}) }),
      }),
      z.object({ kind: z.literal("ConfigMap"), metadata: Metadata }),
    ]),
  ),
});
/** A live Deployment, a Service, or the note of a removed project. */
export type Live = z.output<typeof Objects>["items"][number];
type Deployment = Extract<Live, { kind: "Deployment" }>;
type Service = Extract<Live, { kind: "Service" }>;
type Removal = Extract<Live, { kind: "ConfigMap" }>;

const Outputs = z.object({
  projects: z.record(z.string(), z.object({ digest: z.string() }).loose()).default({}),
});

/** The stack's data from files, the cluster and the last update. */
export interface Sights {
  stack: string;
  releases: Readonly<Record<string, ReleaseRecord>>;
  objects: readonly Live[];
  /** The text about a namespace that is being deleted. */
  ending?: string | undefined;
  /** Digests at the end of the last update, by project; undefined if not read. */
  updated?: Readonly<Record<string, string>>;
}

/** Reads what runs in a stack: its records, its objects, and, if those differ, the last update's result. */
export async function readStatus(session: Session): Promise<ProjectStatus[]> {
  const { stack } = session;
  const { config } = readStack(session.file);
  const namespace = namespaceName(config.system, stack);
  const list = async (kinds: string, selector: string): Promise<Live[]> => {
    const which = ["--namespace", namespace, "--selector", selector, "--output=json"];
    return Objects.parse(JSON.parse(await kubectl(session, config, ["get", kinds, ...which])))
      .items;
  };
  const [ending, ...objects] = await Promise.all([
    endingOf(session, config, namespace),
    list("deployments,services", managedHere),
    list("configmaps", removedLabel),
  ]);
  const sights = { stack, releases: config.releases, objects: objects.flat(), ending };
  const rows = statusOf(sights);
  if (rows.every(({ differs }) => differs === "")) return rows;
  const outputs = Outputs.safeParse(await session.engine.json("stack", "output"));
  const { projects = {} } = outputs.data ?? {};
  const updated = Object.fromEntries(
    Object.entries(projects).map(([project, { digest }]) => [project, digest] as const),
  );
  return statusOf({ ...sights, updated });
}

const Namespace = z.object({ metadata: z.object({ deletionTimestamp: z.string().optional() }) });

/** The text for all projects whose namespace is being deleted; empty if access is denied. */
async function endingOf(
  session: Session,
  config: StackConfig,
  name: string,
): Promise<string | undefined> {
  try {
    const text = await kubectl(session, config, ["get", "namespace", name, "--output=json"]);
    const said = dyingText(Namespace.parse(JSON.parse(text)).metadata, wholeAgain(session.stack));
    return said && `namespace ${name}: ${said}`;
  } catch {
    return undefined;
  }
}

/** The live objects of one project. */
interface Seen {
  stack: string;
  ending: string | undefined;
  project: string;
  record: ReleaseRecord | undefined;
  deployments: readonly Deployment[];
  service: Service | undefined;
  /** The note it has left, if it was removed. */
  removal: Removal | undefined;
  updated: string | undefined;
}

/** Combines the data into one row per project; pure. */
export function statusOf({
  stack,
  releases,
  objects,
  ending,
  updated = {},
}: Sights): ProjectStatus[] {
  const byApp = new Map<string, Deployment[]>();
  const services = new Map<string, Service>();
  const removals = new Map<string, Removal>();
  for (const live of objects) {
    const app = live.metadata.labels["app"] ?? live.metadata.name;
    if (live.kind === "Service") services.set(live.metadata.name, live);
    else if (live.kind === "ConfigMap") removals.set(app, live);
    else byApp.set(app, [...(byApp.get(app) ?? []), live]);
  }
  const named = new Set(Object.keys(releases).map(kubernetesName));
  const seen = (project: string, app: string, record?: ReleaseRecord): Seen => ({
    stack,
    project,
    record,
    ending,
    updated: updated[project],
    deployments: byApp.get(app) ?? [],
    service: services.get(app),
    removal: removals.get(app),
  });
  const recorded = Object.entries(releases).map(([project, record]) =>
    statusOfOne(seen(project, kubernetesName(project), record)),
  );
  const others = [...byApp].flatMap(([app, [first]]) => {
    const project = first?.metadata.labels["slipway/project"];
    return named.has(app) || project === undefined ? [] : [statusOfOne(seen(project, app))];
  });
  return [...recorded, ...others].sort((a, b) => (a.project < b.project ? -1 : 1));
}

function statusOfOne(seen: Seen): ProjectStatus {
  const { project, record, deployments } = seen;
  const sum = (of: (one: Deployment) => number): number =>
    deployments.reduce((all, one) => all + of(one), 0);
  const { next, verified } = record ?? {};
  const serving = servingOf(seen);
  return {
    project,
    version:
      serving[0] === undefined ? notThere(record) : named(runs(serving[0]), record === undefined),
    slot: serving.map(slotOf).sort().join("+"),
    step: next === undefined ? "" : `${named(next)}: ${next.step}`,
    ready: sum(({ status }) => status.readyReplicas),
    replicas: sum(({ spec }) => spec.replicas),
    verified: verified?.at ?? "",
    differs: differences(seen, serving[0]),
  };
}

const notThere = (record: ReleaseRecord | undefined): string =>
  record?.removed === true ? "removed" : "-";

/** The Deployments that the Service selects; without a Service, those of the record's slot. */
function servingOf({ deployments, service, record }: Seen): Deployment[] {
  const slot = service === undefined ? record?.slot : service.spec.selector["slipway/slot"];
  return deployments.filter((one) => slot === undefined || slotOf(one) === slot);
}

const slotOf = ({ metadata }: Deployment): string => metadata.labels["slipway/slot"] ?? "";

/** What a Deployment runs: its digest, or its whole image if it has none. */
function runs({ metadata, spec }: Deployment): { digest: string; tag: string | undefined } {
  const image = spec.template.spec.containers[0]?.image ?? "";
  const digest = /sha256:[0-9a-f]{64}$/.exec(image)?.[0] ?? image;
  return { digest, tag: metadata.annotations["slipway/tag"] };
}

const named = (
  { digest, tag }: { digest: string; tag?: string | undefined },
  built = false,
): string => {
  const short = digest.startsWith("sha256:") ? shortDigest(digest) : digest;
  if (built && tag === undefined) return `${short} (from source)`;
  return tag === undefined ? short : `${tag} (${short})`;
};

function differences(
  { stack, ending, project, record, service, deployments, removal, updated }: Seen,
  serving: Deployment | undefined,
): string {
  const again = `pulumi up --refresh -s ${stack}`;
  const [live] = liveVersions([...deployments, ...(removal === undefined ? [] : [removal])]);
  const later = live && staleProblem(stack, project, record, live);
  if (live !== undefined && later !== undefined)
    return `this file is older: ${live.version === undefined ? "the project was removed" : `${live.version} came`} on ${live.at} by ${live.by}; git pull`;
  if (ending !== undefined) return ending;
  if (record?.removed === true) {
    return deployments.length === 0
      ? ""
      : `removed in the file, but still in the cluster; pulumi up -s ${stack}`;
  }
  if (deployments.length === 0) {
    return updated === undefined
      ? `not applied yet; pulumi up -s ${stack}`
      : `gone from the cluster; ${again}`;
  }
  if (service === undefined) return `no Service selects it; ${again}`;
  const added = Object.keys(service.spec.selector).filter(
    (key) => key !== "app" && !key.startsWith("slipway/"),
  );
  if (added.length > 0)
    return `somebody has added ${added.join(", ")} to its Service's selector; ${again}`;
  if (serving === undefined) return `its Service selects no pods of its own; ${again}`;
  const ill = illness(serving, { stack, project });
  if (record === undefined) return ill;
  const { digest } = runs(serving);
  const meant = [record.digest, ...(record.next === undefined ? [] : [record.next.digest])];
  if (meant.includes(digest)) return ill;
  return updated !== undefined && meant.includes(updated)
    ? `changed in the cluster, the last update left ${named(record)}; ${again}`
    : `the file says ${named(record)}, which no update has applied; slipway release ${project} --digest ${record.digest} --stack ${stack}`;
}

/** Pods that a Deployment lacks: its spec names the new version, and old pods may still serve. */
function illness(
  { spec, status, metadata }: Deployment,
  { stack, project }: { stack: string; project: string },
): string {
  if (spec.replicas === 0) return `scaled to 0, so nothing serves; pulumi up --refresh -s ${stack}`;
  const { unavailableReplicas: lacking } = status;
  if (lacking === 0) return "";
  return `${lacking} of its pods ${lacking === 1 ? "does" : "do"} not serve, and old ones may: kubectl get pods --selector app=${metadata.labels["app"] ?? metadata.name}; slipway rollback ${project} --stack ${stack} goes back`;
}
