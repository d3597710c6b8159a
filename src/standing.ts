import * as pulumi from "@pulumi/pulumi";
import { formatProblems, type Problem } from "../components/shared/problem";
import { byteCount, bytesPattern, type Bytes } from "../components/shared/units";
import type { Api } from "./rollout/api";
import { collection, kinds } from "./rollout/collections";

/** What is looked at of an object. */
interface Live {
  metadata: { name: string; namespace?: string; managedFields?: { manager?: string }[] };
}

/** What a claim was made with, or is declared with. */
interface Claim {
  accessModes?: string[];
  storageClassName?: string;
  resources?: { requests?: { storage?: string } };
}

/** Of others' objects, Secrets among them, nothing but their metadata is read. */
const metadataOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
const ours = "app.kubernetes.io/managed-by";

/** Where is looked. */
export interface Where {
  namespaces: readonly string[];
  /** Whether at what is in no namespace too. */
  clusterWide: boolean;
}

/** What is in the cluster (see docs/shared-cluster.md) before anything is declared. */
export interface Standing {
  /** Objects without our label, by `Kind/name`. */
  strangers: ReadonlyMap<string, Live["metadata"]>;
  /** What our claims were made with, by name. */
  claims: ReadonlyMap<string, Claim>;
}

/** Looks at what a cluster holds of the kinds that are declared. What cannot be listed is warned of. */
export async function lookAtCluster(api: Api, where: Where): Promise<Standing> {
  const unseen: string[] = [];
  const list = async <T>(kind: string, path: string, selector: string, accept?: string) => {
    try {
      const asking = accept === undefined ? {} : { accept };
      return await api.list<T>(path, { labelSelector: selector }, asking);
    } catch (error) {
      unseen.push(`${kind} (${error instanceof Error ? error.message : String(error)})`);
      return [];
    }
  };
  const strangers = places(where).map(async ([kind, path]) => {
    const found = await list<Live>(kind, path, `${ours}!=slipway`, metadataOnly);
    return found.map(({ metadata }) => [`${kind}/${metadata.name}`, metadata] as const);
  });
  const claims = where.namespaces.map(async (namespace) => {
    const path = collection("api/v1", "PersistentVolumeClaim", namespace);
    const found = await list<Live & { spec: Claim }>("claims", path, `${ours}=slipway`);
    return found.map(({ metadata, spec }) => [metadata.name, spec] as const);
  });
  const standing = {
    strangers: new Map((await Promise.all(strangers)).flat()),
    claims: new Map((await Promise.all(claims)).flat()),
  };
  if (unseen.length > 0) {
    void pulumi.log.warn(`not looked at, whether they exist already: ${unseen.join(", ")}`);
  }
  return standing;
}

/** Each kind with the paths of its lists. */
function places({ namespaces, clusterWide }: Where): [kind: string, path: string][] {
  const below = (apis: Readonly<Record<string, string>>, namespace?: string) =>
    Object.entries(apis).flatMap(([api, names]) =>
      names.split(" ").map((kind): [string, string] => [kind, collection(api, kind, namespace)]),
    );
  return [
    ...(clusterWide ? below(kinds.clusterWide) : []),
    ...namespaces.flatMap((name) => below(kinds.namespaced, name)),
  ];
}

/**
 * Lets no object be created over one that somebody else has made, which the plugin, by its version, merges into without a word,
 * and none be replaced that holds data. A preview tells of all of them; an update ends at the first, before it is touched.
 */
export class Watch {
  private readonly problems: Problem[] = [];

  constructor(
    private readonly standing: Standing,
    private readonly stack: string,
    /** What the stack takes over, by `Kind/name`. */
    private readonly adopt: readonly string[],
    private readonly preview = pulumi.runtime.isDryRun(),
  ) {}

  /** For every component. */
  readonly transformation: pulumi.ResourceTransformation = ({ type, props }) => {
    const [plugin, , kind = ""] = type.split(":");
    if (plugin !== "kubernetes") return undefined;
    const { metadata, spec } = props as { metadata?: { name?: unknown }; spec?: Claim };
    const name = metadata?.name;
    if (typeof name !== "string") return undefined;
    this.problems.push(...this.stranger(`${kind}/${name}`));
    if (kind === "PersistentVolumeClaim") this.problems.push(...this.changed(name, spec));
    if (!this.preview) this.refuse();
    return undefined;
  };

  /** Throws one error that tells every problem. */
  refuse(): void {
    if (this.problems.length === 0) return;
    const title = `Stack ${this.stack} is refused: what is in its cluster is not to be lost`;
    throw new pulumi.RunError(formatProblems(title, this.problems));
  }

  private stranger(object: string): Problem[] {
    const found = this.standing.strangers.get(object);
    if (found === undefined || this.adopt.includes(object)) return [];
    const { namespace, managedFields = [] } = found;
    const managers = [...new Set(managedFields.map(({ manager = "unknown" }) => manager))];
    const where = namespace === undefined ? "" : ` in namespace ${namespace}`;
    return [
      {
        file: `Pulumi.${this.stack}.yaml`,
        path: "slipway:adopt",
        given: `${object}${where} exists already, without our label; managed by ${managers.join(", ")}`,
        allowed: "objects that the stack has made, and those that are named here",
        mend: `to take it over, add \`- ${object}\`; or remove it from the cluster`,
      },
    ];
  }

  private changed(name: string, declared: Claim = {}): Problem[] {
    const live = this.standing.claims.get(name);
    if (live === undefined) return [];
    const { accessModes, storageClassName, resources } = declared;
    const size = resources?.requests?.storage;
    const made = live.resources?.requests?.storage;
    const problem = (path: string, given: unknown, was: unknown): Problem => ({
      file: `PersistentVolumeClaim ${name}`,
      ...{ path, given },
      allowed: `${JSON.stringify(was)}, as it was made: a claim cannot be changed to that, and a new one would be empty`,
      mend: "take it back; or declare a volume of another name, and move the data there first",
    });
    return [
      ...(JSON.stringify(accessModes) === JSON.stringify(live.accessModes)
        ? []
        : [problem("spec.accessModes", accessModes, live.accessModes)]),
      ...(storageClassName === undefined || storageClassName === live.storageClassName
        ? []
        : [problem("spec.storageClassName", storageClassName, live.storageClassName)]),
      ...(smaller(size, made) ? [problem("spec.resources.requests.storage", size, made)] : []),
    ];
  }
}

/** Whether one size is below another; what is not written as ours are is not compared. */
function smaller(size: string | undefined, than: string | undefined): boolean {
  const [a, b] = [size, than].map((text) =>
    text !== undefined && bytesPattern.test(text) ? byteCount(text as Bytes) : undefined,
  );
  return a !== undefined && b !== undefined && a < b;
}
