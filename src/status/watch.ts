import * as pulumi from "@pulumi/pulumi";
import { Ingress } from "../../components/ingress/ingress";
import { managedLabel, ownerLabel } from "../../components/shared/labels";
import { formatProblems, type Problem } from "../../components/shared/problem";
import { byteCount, bytesPattern, type Bytes } from "../../components/shared/units";
import { collection } from "../kubernetes/collections";
import { dyingText, type Ending } from "../readiness/gone";
import { place, type Document } from "../../components/shared/config/document";
import {
  apiOf,
  isClusterWide,
  keyOf,
  type ClaimSpec,
  type Declared,
  type ServiceSpec,
  type LiveObjects,
} from "./objects";
import type { StorageClass } from "./storage-class";
import { managedNamespace } from "../../components/ingress/controller";

/** What a watch goes by. */
export interface Given {
  stack: string;
  /** What the stack takes over, by `Kind/name`. */
  adopt: readonly string[];
  /** What is known to be wrong before anything is declared. */
  known?: readonly Problem[];
  /** The cluster's storage classes; undefined where nobody may list them. */
  classes?: readonly StorageClass[] | undefined;
  /** Where files declare claims, by their names. */
  volumes?: ReadonlyMap<string, Volume>;
}

/** A volume of a project, and the file that declares it. */
export interface Volume {
  document: () => Document;
  volume: string;
  /** Its size is that of a version whose settings are kept, whatever its file says by now: such a claim stays as it is. */
  kept: boolean;
}

/**
 * Lets no object be created over one that somebody else has made, which the plugin, by its version, merges into without a word,
 * and none be replaced that holds data. A preview tells of all of them; an update ends at the first, before it is touched.
 */
export class Watch {
  private readonly problems: Problem[];
  /** Deployments that somebody is deleting, by name, with what is said of them. */
  private readonly endings = new Map<string, string>();
  /** What has been declared by now by a name that is known beforehand. */
  readonly declared: Declared[] = [];
  /** In a preview, until when what is declared waits. */
  private gate: Promise<pulumi.Resource[]>;
  private open: () => void = () => undefined;

  constructor(
    private readonly live: LiveObjects,
    private readonly given: Given,
    private readonly preview = pulumi.runtime.isDryRun(),
  ) {
    const { ending, where } = live;
    this.problems = [
      ...(ending === undefined ? [] : [noNamespace(where.own, ending)]),
      ...(given.known ?? []),
    ];
    this.gate = this.closed();
  }

  /** Takes note of Deployments that are there, before anything is declared. */
  know(deployed: readonly { metadata?: Ending & { name?: string } }[]): void {
    for (const { metadata = {} } of deployed) {
      const text = dyingText(metadata);
      if (text !== undefined) this.endings.set(metadata.name ?? "", text);
    }
  }

  private closed(): Promise<pulumi.Resource[]> {
    return new Promise((done) => {
      this.open = () => {
        done([]);
      };
    });
  }

  /**
   * Lets go to the engine what has been declared up to here, unless something is refused: the plugin asks the API server of
   * each object at once, and a preview would end by the server's words instead of ours.
   */
  pass(): void {
    if (this.problems.length > 0) return;
    this.open();
    this.gate = this.closed();
  }

  /** For every component. */
  readonly transformation: pulumi.ResourceTransformation = ({ type, props, opts }) => {
    const [plugin, version = "", kind = ""] = type.split(":");
    if (plugin !== "kubernetes") return undefined;
    const { metadata, spec } = props as {
      metadata?: {
        name?: unknown;
        labels?: Declared["labels"];
        annotations?: Readonly<Record<string, unknown>>;
      };
      spec?: ClaimSpec & ServiceSpec;
    };
    const { name, labels = {} } = metadata ?? {};
    if (typeof name === "string") {
      const { own, controller } = this.live.where;
      const below = opts.parent instanceof Ingress ? controller : own;
      const place = isClusterWide(kind) ? undefined : below;
      const path = collection(apiOf(version), kind, place);
      this.declared.push({ kind, name, path, labels });
      this.problems.push(...this.stranger(kind, name, place));
      const ending = kind === "Deployment" ? this.endings.get(name) : undefined;
      if (ending !== undefined) this.problems.push(dying(`Deployment ${name}`, ending));
      if (kind === "PersistentVolumeClaim") this.problems.push(...this.changed(name, spec));
      if (kind === "Service" && spec !== undefined) this.problems.push(...this.taken(name, spec));
    }
    const more = kind === "Service" && typeof name === "string" ? this.selected(name, spec) : {};
    const annotations = { ...metadata?.annotations, ...more };
    const labelled =
      Object.keys(more).length === 0 ? props : { ...props, metadata: { ...metadata, annotations } };
    const size = kind === "PersistentVolumeClaim" ? this.keptSize(name, spec) : undefined;
    const asMeant =
      size === undefined
        ? labelled
        : { ...props, spec: { ...spec, resources: { requests: { storage: size } } } };
    if (this.preview) {
      return { props: asMeant, opts: pulumi.mergeOptions(opts, { dependsOn: this.gate }) };
    }
    this.refuse();
    return { props: asMeant, opts };
  };

  /** The size that a claim has by now, where a version is gone back to that ran with a smaller one: none gets smaller. */
  private keptSize(name: unknown, declared: ClaimSpec = {}): string | undefined {
    if (typeof name !== "string" || this.given.volumes?.get(name)?.kept !== true) return undefined;
    const made = this.live.claims.get(name)?.spec.resources?.requests?.storage;
    return smaller(declared.resources?.requests?.storage, made) ? made : undefined;
  }

  /**
   * What makes the engine write a Service anew whose selector somebody has added to: it compares with its state alone, finds
   * nothing to do, also when it asks the cluster, and the Service leads to no pod.
   */
  private selected(name: string, { selector = {} }: ServiceSpec = {}): Record<string, string> {
    const { selector: live = {}, version = "" } = this.live.services.get(name) ?? {};
    const strange = Object.keys(live).filter(
      (key) => !key.startsWith("slipway/") && !Object.hasOwn(selector, key),
    );
    if (strange.length === 0) return {};
    void pulumi.log.warn(
      `Service ${name}: somebody has added ${strange.join(", ")} to what it leads to; it is taken out again`,
    );
    return { "slipway/put-right": [...strange.sort(), version].join(" ") };
  }

  /** Throws one error that tells every problem. */
  refuse(): void {
    if (this.problems.length === 0) return;
    const title = `Stack ${this.given.stack} is refused: it does not fit what is in its cluster`;
    throw new pulumi.RunError(formatProblems(title, this.problems));
  }

  private stranger(kind: string, name: string, place: string | undefined): Problem[] {
    const object = `${kind}/${name}`;
    const found = this.live.strangers.get(keyOf(kind, name, place));
    if (found === undefined || this.given.adopt.includes(object)) return [];
    const { namespace, labels, managedFields = [] } = found;
    const owner = labels?.[managedLabel] === "slipway" ? labels[ownerLabel] : undefined;
    const managers = [...new Set(managedFields.map(({ manager = "unknown" }) => manager))];
    const where = namespace === undefined ? "" : ` in namespace ${namespace}`;
    const problem = (given: string, fix: string): Problem => ({
      file: `Pulumi.${this.given.stack}.yaml`,
      path: "slipway:adopt",
      fix,
      given: `${object}${where} exists already, ${given}`,
      allowed: "objects that the stack has made, and those that are named here",
    });
    return owner === undefined
      ? [
          problem(
            `without our label; managed by ${managers.join(", ")}`,
            `to take it over, add \`- ${object}\`; or remove it from the cluster`,
          ),
        ]
      : [
          problem(
            `of the stack that has ${owner}, which would lose it with this one`,
            `of the stacks on one cluster one has the ingress controller; the others say \`slipway:ingress: { controller: external, namespace: ${managedNamespace} }\``,
          ),
        ];
  }

  /** What a Service cannot have as long as another has it, or one that is taken over has beside it. */
  private taken(service: string, { ports = [] }: ServiceSpec): Problem[] {
    const { services, taken, where } = this.live;
    const own = services.get(service)?.ports ?? [];
    const holderOf = (wanted: number | undefined): string | undefined =>
      [...services].find(
        ([name, spec]) =>
          name !== service && spec.ports?.some(({ nodePort }) => nodePort === wanted),
      )?.[0];
    return ports.flatMap(({ name, port, nodePort }) => {
      const at = { file: `Service ${service}` };
      const holder = nodePort === undefined ? undefined : holderOf(nodePort);
      const stranger = nodePort === undefined ? undefined : taken.get(nodePort);
      // Of the same project: what an earlier Slipway kept beside it in peace.
      const goes =
        holder?.split("--")[0] === service.split("--")[0]
          ? `by a whole update while nothing is under way: pulumi up --stack ${this.given.stack}`
          : `slipway remove PROJECT --stack ${this.given.stack}`;
      const beside = this.given.adopt.includes(`Service/${service}`)
        ? own.find((each) => each.name === name && each.port !== port)
        : undefined;
      return [
        ...(holder === undefined
          ? []
          : [
              {
                ...at,
                path: "spec.ports.nodePort",
                given: nodePort,
                allowed: `a NodePort that no other Service of ${where.own} has; ${holder} has this one now`,
                fix: `in two updates: first ${holder} gets another number, or goes (${goes}), then this one`,
              },
            ]),
        ...(stranger === undefined
          ? []
          : [
              {
                ...at,
                path: "spec.ports.nodePort",
                given: nodePort,
                allowed: `a NodePort that no other Service of the cluster has; ${stranger} has this one`,
                fix: "another `nodePort` in the project's file, or another `slipway:nodePorts.base`",
              },
            ]),
        ...(beside === undefined
          ? []
          : [
              {
                ...at,
                path: "spec.ports",
                given: `${name ?? ""}: ${beside.port ?? ""}`,
                allowed: `to be taken over with its port ${port ?? ""}, for two of one name it cannot have`,
                fix: `kubectl delete service ${service} --namespace ${where.own}, and take it off slipway:adopt: the update makes it`,
              },
            ]),
      ];
    });
  }

  private changed(name: string, declared: ClaimSpec = {}): Problem[] {
    const { metadata, spec: live } = this.live.claims.get(name) ?? {};
    if (live === undefined) return [];
    if (metadata?.deletionTimestamp !== undefined)
      return [ending(name, metadata.deletionTimestamp)];
    const { accessModes, storageClassName, resources } = declared;
    const size = resources?.requests?.storage;
    const made = live.resources?.requests?.storage;
    const at = this.given.volumes?.get(name);
    const problem = (key: "access" | "class" | "size", given: unknown, was: unknown): Problem => {
      const problem = {
        given,
        allowed: `${JSON.stringify(was)}, as PersistentVolumeClaim ${name} was made: it cannot be changed to that, and a new one would be empty`,
        fix: "take it back; or declare a volume of another name, and move the data there first",
      };
      if (key === "class")
        return {
          file: `Pulumi.${this.given.stack}.yaml`,
          path: "slipway:storage.class",
          ...problem,
        };
      if (at === undefined) return { file: `PersistentVolumeClaim ${name}`, path: key, ...problem };
      return place(at.document(), ["volumes", at.volume, key], problem);
    };
    return [
      ...(JSON.stringify(accessModes) === JSON.stringify(live.accessModes)
        ? []
        : [problem("access", accessModes, live.accessModes)]),
      ...(storageClassName === undefined || storageClassName === live.storageClassName
        ? []
        : [problem("class", storageClassName, live.storageClassName)]),
      ...((smaller(size, made) && at?.kept !== true) ||
      (smaller(made, size) && this.isFixed(live.storageClassName))
        ? [problem("size", size, made)]
        : []),
    ];
  }

  /** Whether claims of a class cannot be made larger, as far as anybody knows. */
  private isFixed(name: string | undefined): boolean {
    const found = this.given.classes?.find(({ metadata }) => metadata.name === name);
    return found !== undefined && found.allowVolumeExpansion !== true;
  }
}

/** Nothing can be made in it. */
const noNamespace = (name: string, text: string): Problem => ({
  file: `Namespace ${name}`,
  allowed: `a namespace that is there, and that nobody is deleting: ${text}`,
  ...(text.includes("being deleted") && {
    fix: "wait, or see who holds up what is in it by finalizers",
  }),
});

/** Nothing that is written to such an object lasts. */
const dying = (object: string, text: string): Problem => ({
  file: object,
  path: "metadata.deletionTimestamp",
  allowed: `an object that nobody is deleting: ${text}`,
  fix: "wait until it has gone, or see who holds it up by its finalizers; then the same again",
});

/** Whoever ends the pod that still has it ends what it holds. */
const ending = (name: string, since: string): Problem => ({
  file: `PersistentVolumeClaim ${name}`,
  path: "metadata.deletionTimestamp",
  given: since,
  allowed:
    "a claim that nobody is deleting: this one is gone, with all that it holds, once the pod ends that has it",
  fix: "copy out of the pod what it holds, and set its volume to `persistentVolumeReclaimPolicy: Retain`, before anything of the project is changed",
});

/** Whether one size is below another; what is not written as ours are is not compared. */
function smaller(size: string | undefined, than: string | undefined): boolean {
  const [a, b] = [size, than].map((text) =>
    text !== undefined && bytesPattern.test(text) ? byteCount(text as Bytes) : undefined,
  );
  return a !== undefined && b !== undefined && a < b;
}
