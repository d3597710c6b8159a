import { execa } from "execa";
import { imageRepository, kubernetesName } from "../../components/shared/names";
import { layout } from "../../sandbox/layout";
import { sessionEnv } from "../../sandbox/session";
import { isOf } from "../../src/rollout/rollback";
import type { ReleaseStack } from "./release-stack";

/** Kinds of a project's objects. */
const kinds = [
  ...["deployments", "services", "jobs", "daemonsets", "ingresses", "horizontalpodautoscalers"],
  ...["poddisruptionbudgets", "networkpolicies", "serviceaccounts", "configmaps", "secrets"],
];

interface Live {
  kind: string;
  metadata: {
    name: string;
    namespace: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    deletionTimestamp?: string;
  };
  spec?: Record<string, unknown>;
  data?: unknown;
  status?: { readyReplicas?: number; conditions?: { type: string; status: string }[] };
}

interface Resource {
  urn: string;
  inputs?: unknown;
  initErrors?: unknown;
}

/** Everything about a project: its record, its state and its live objects, with names made comparable. */
export interface Picture {
  record: unknown;
  /** Resources of the state by URN, with their inputs and what is pending. */
  state: Record<string, unknown>;
  /** Pending operations in the state. */
  pending: number;
  /** Live objects by kind and name, without fields that the API server alone sets. */
  objects: Record<string, unknown>;
  /** Pods by the image they run, without terminating ones. */
  pods: string[];
}

/** Takes the snapshot of a project. Two projects with the same settings and the same history have equal ones. */
export async function pictureOf(lab: ReleaseStack, project: string): Promise<Picture> {
  const app = kubernetesName(project);
  const get = async (what: string): Promise<Live[]> => {
    const which = ["--namespace", lab.namespace, "--selector", `app=${app}`, "--output=json"];
    const { stdout } = await execa("kubectl", ["get", what, ...which], {
      env: sessionEnv(layout()),
    });
    return (JSON.parse(stdout) as { items: Live[] }).items;
  };
  const { stdout } = await lab.program.pulumi("stack", "export", "--stack", "test");
  const { deployment } = JSON.parse(stdout) as {
    deployment: { resources: Resource[]; pending_operations?: unknown[] };
  };
  const own = deployment.resources.filter(({ urn }) => isOf(app, { urn }));
  const [objects, pods] = await Promise.all([get(kinds.join(",")), get("pods")]);
  const picture: Picture = {
    record: lab.record(project),
    state: byKey(own, ({ urn, inputs, initErrors = [] }) => [urn, { inputs, initErrors }]),
    pending: deployment.pending_operations?.length ?? 0,
    objects: byKey(objects, (live) => [`${live.kind} ${live.metadata.name}`, bare(live)]),
    pods: pods.flatMap(podLine).sort(),
  };
  return inGeneral(picture, project);
}

const byKey = <T>(
  all: readonly T[],
  entry: (one: T) => [string, unknown],
): Record<string, unknown> => Object.fromEntries(all.map(entry));

/** The configured part of an object: its names, labels, annotations and spec. */
function bare({ metadata, spec, ...rest }: Live): unknown {
  const { name, namespace, labels, annotations = {} } = metadata;
  const told = Object.entries(annotations).filter(
    ([key]) => !key.startsWith("deployment.kubernetes.io/"),
  );
  const own = Object.entries(spec ?? {}).filter(([key]) => !/^clusterIPs?$/.test(key));
  return {
    name,
    namespace,
    labels,
    annotations: Object.fromEntries(told),
    spec: Object.fromEntries(own),
    data: rest.data,
  };
}

function podLine({ metadata, spec, status }: Live): string[] {
  if (metadata.deletionTimestamp !== undefined) return [];
  const containers = (spec?.["containers"] ?? []) as { image: string }[];
  const ready = status?.conditions?.find(({ type }) => type === "Ready")?.status ?? "Unknown";
  return [`${containers.map(({ image }) => image).join()} ready: ${ready}`];
}

/** The same without values specific to a project: its names, and random ones from the API server. */
function inGeneral(picture: Picture, project: string): Picture {
  const text = JSON.stringify(picture)
    .replaceAll(imageRepository("back", project), "REPOSITORY")
    .replaceAll(kubernetesName(project), "NAME")
    .replaceAll(project, "PROJECT")
    .replaceAll(Buffer.from(project).toString("hex"), "VERSION")
    // Digests of versions without images: their names, and zeros.
    .replace(/VERSION([0-9a-f]+?)0{4,}/g, "VERSION$1")
    .replace(/--check-[0-9a-f]{8}/g, "--check-HASH")
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "UID")
    .replace(/"at":"[^"]*"/g, '"at":"THEN"')
    .replace(/("slipway\/released":")\S+ by/g, "$1THEN by");
  return JSON.parse(text) as Picture;
}
