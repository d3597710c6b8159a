import * as pulumi from "@pulumi/pulumi";
import { managedLabel, ownerLabel } from "../../components/shared/labels";
import { isRefused, type Api } from "../kubernetes/api";
import { dyingText, wholeAgain } from "../readiness/gone";
import { collection, kinds } from "../kubernetes/collections";

/** The part of an object that is read. */
interface Live {
  metadata: {
    name: string;
    namespace?: string;
    resourceVersion?: string;
    labels?: Readonly<Record<string, string>>;
    /** When its deletion was requested. */
    deletionTimestamp?: string;
    managedFields?: { manager?: string }[];
  };
}

/** What a claim was created with, or is declared with. */
export interface ClaimSpec {
  accessModes?: string[];
  storageClassName?: string;
  resources?: { requests?: { storage?: string } };
}

/** A live claim. */
export type Claim = Live & {
  /** `volumeName`: once it is bound. */
  spec: ClaimSpec & { volumeName?: string };
  status?: { phase?: string };
};

/** Of other objects, Secrets among them, only metadata is read. */
export const metadataOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/** A declared object. */
export interface DeclaredObject {
  kind: string;
  name: string;
  /** Path of its list. */
  path: string;
  labels: Readonly<Record<string, unknown>>;
}

/** Where to look. */
export interface Namespaces {
  /** e.g. `sjzy`. */
  system: string;
  /** Namespace of the projects, which no other stack uses. */
  own: string;
  /** Namespace of the ingress controller, if it is checked. */
  controller?: string | undefined;
  /** Whether to check cluster-scoped objects too. */
  clusterWide: boolean;
  /** Whether to check the NodePorts of other namespaces: they are unique in the cluster. */
  nodePorts?: boolean;
}

/** What is in the cluster (see docs/shared-cluster.md) before anything is declared. */
export interface LiveObjects {
  where: Namespaces;
  /** Whether the projects' namespace does not exist yet. */
  fresh: boolean;
  /** Why nothing can be created in the projects' namespace: it is being deleted, or is gone. */
  ending?: string | undefined;
  /** Objects without our label, or of another stack: by `Kind/name`, namespaced ones by `Kind/namespace/name`. */
  strangers: ReadonlyMap<string, Live["metadata"]>;
  /** The claims in the projects' namespace, by name. */
  claims: ReadonlyMap<string, Claim>;
  /** The specs of the Services there, by name. */
  services: ReadonlyMap<string, ServiceSpec>;
  /** Which Service of another namespace has a NodePort, as `namespace/name`; empty if access is denied. */
  taken: ReadonlyMap<number, string>;
}

/** Reads what a cluster holds of the declared kinds. Lists that cannot be read give a warning. */
export async function lookAtCluster(api: Api, where: Namespaces): Promise<LiveObjects> {
  const unseen: string[] = [];
  const list: List = async (kind, path, selector, accept) => {
    try {
      const asking = accept === undefined ? {} : { accept };
      return await api.list(path, { labelSelector: selector }, asking);
    } catch (error) {
      unseen.push(`${kind} (${error instanceof Error ? error.message : String(error)})`);
      return [];
    }
  };
  const whole = async <T extends Live>(kind: string): Promise<T[]> =>
    await list<T>(kind, collection("api/v1", kind, where.own), "");
  const [others, claims, services, taken, namespace] = await Promise.all([
    metadataOf(list, where),
    whole<Claim>("PersistentVolumeClaim"),
    whole<LiveService>("Service"),
    where.nodePorts === true ? takenElsewhere(api, where.own) : new Map<number, string>(),
    api.object<Live>(`${collection("api/v1", "Namespace")}/${where.own}`),
  ]);
  const ending = endingOf(namespace, where.clusterWide);
  if (unseen.length > 0) {
    void pulumi.log.warn(`not checked whether they exist already: ${unseen.join(", ")}`);
  }
  const all = [...others, listed("PersistentVolumeClaim", claims), listed("Service", services)];
  return {
    where,
    fresh: others.some((each) => isFresh(each, where.own)),
    strangers: new Map(all.flatMap((each) => strangersIn(each, where))),
    claims: new Map(claims.map((claim) => [claim.metadata.name, claim])),
    services: new Map(
      services.map(({ metadata, spec }) => [
        metadata.name,
        { ...spec, version: metadata.resourceVersion },
      ]),
    ),
    taken,
    ending,
  };
}

/** Lists objects by their labels; none where that cannot be done. */
type List = <T>(kind: string, path: string, selector: string, accept?: string) => Promise<T[]>;

/** The objects of a kind in one place. */
interface Listed {
  kind: string;
  found: readonly Live[];
}

const listed = (kind: string, found: readonly Live[]): Listed => ({ kind, found });

/** The metadata of all that is looked at no closer. */
const metadataOf = async (list: List, where: Namespaces): Promise<Listed[]> =>
  await Promise.all(
    places(where).map(async ([kind, path, shared]) => {
      // Places that stacks share are checked whoever owns the objects.
      const selector = shared ? "" : `${managedLabel}!=slipway`;
      return listed(kind, await list<Live>(kind, path, selector, metadataOnly));
    }),
  );

const strangersIn = ({ kind, found }: Listed, where: Namespaces): [string, Live["metadata"]][] =>
  found
    .filter(({ metadata }) => !isOurs(metadata, where))
    .map(({ metadata }) => [keyOf(kind, metadata.name, metadata.namespace), metadata]);

/** Whether the namespaces could be listed, and the projects' is not among them. */
const isFresh = ({ kind, found }: Listed, own: string): boolean =>
  kind === "Namespace" && found.length > 0 && found.every(({ metadata }) => metadata.name !== own);

/** An update that creates only namespaced objects needs an existing namespace. */
function endingOf(namespace: Live | "absent" | "hidden", clusterWide: boolean): string | undefined {
  const then = wholeAgain(pulumi.getStack());
  if (namespace === "absent" && !clusterWide)
    return `it was never created, or was deleted with everything in it; ${then} creates it, with the versions in the records`;
  return typeof namespace === "string" ? undefined : dyingText(namespace.metadata, then);
}

/** The part of a Service that is read. */
export interface ServiceSpec {
  selector?: Readonly<Record<string, string>>;
  /** Its state, if it is being deleted or absent. */
  version?: string | undefined;
  ports?: { name?: string; port?: number; nodePort?: number }[];
}

type LiveService = Live & { spec: ServiceSpec };

/** NodePorts of other namespaces. If access is denied, the API server reports a conflict later. */
async function takenElsewhere(api: Api, own: string): Promise<Map<number, string>> {
  try {
    const all = await api.list<LiveService>(collection("api/v1", "Service"));
    const others = all.filter(({ metadata }) => metadata.namespace !== own);
    return new Map(
      others.flatMap(({ metadata: { namespace = "", name }, spec }) =>
        (spec.ports ?? []).flatMap(({ nodePort }) =>
          nodePort === undefined ? [] : [[nodePort, `${namespace}/${name}`] as const],
        ),
      ),
    );
  } catch (error) {
    if (isRefused(error)) return new Map();
    throw error;
  }
}

/**
 * Whether an object is this stack's. Other tools, such as Helm, overwrite `managed-by`: then our other labels count, on objects
 * that the plugin has created.
 */
export function isOurs(
  { labels = {}, managedFields = [] }: Live["metadata"],
  { own, system }: Pick<Namespaces, "own" | "system">,
): boolean {
  const made =
    labels["app.kubernetes.io/part-of"] === system &&
    labels["app.kubernetes.io/component"] !== undefined &&
    managedFields.some(({ manager = "" }) => manager.startsWith("pulumi-kubernetes"));
  return (labels[managedLabel] === "slipway" || made) && (labels[ownerLabel] ?? own) === own;
}

/** The path of an API version: `api/v1` for `core/v1`, `apis/apps/v1` for `apps/v1`. */
export const apiOf = (version: string): string =>
  version.startsWith("core/") ? version.replace("core", "api") : `apis/${version}`;

const clusterWide: readonly string[] = Object.values(kinds.clusterWide).flatMap((names) =>
  names.split(" "),
);
export const isClusterWide = (kind: string): boolean => clusterWide.includes(kind);

export const keyOf = (kind: string, name: string, namespace: string | undefined): string =>
  namespace === undefined ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;

/** Kinds of the projects' namespace of which more than metadata is read. */
const wholly = new Set(["PersistentVolumeClaim", "Service"]);

/** Each other kind with the path of its list, and whether stacks share the place. */
function places({ own, controller, clusterWide }: Namespaces): [string, string, boolean][] {
  const below = (apis: Readonly<Record<string, string>>, shared: boolean, namespace?: string) =>
    Object.entries(apis).flatMap(([api, names]) =>
      names
        .split(" ")
        .map((kind): [string, string, boolean] => [kind, collection(api, kind, namespace), shared]),
    );
  return [
    ...(clusterWide ? below(kinds.clusterWide, true) : []),
    ...below(kinds.namespaced, false, own).filter(([kind]) => !wholly.has(kind)),
    ...(controller === undefined ? [] : below(kinds.namespaced, true, controller)),
  ];
}
