import * as pulumi from "@pulumi/pulumi";
import { Ingress } from "../../components/ingress/ingress";
import { managedLabel, ownerLabel } from "../../components/shared/labels";
import { formatProblems, type Problem } from "../../components/shared/problem";
import { collection } from "../kubernetes/collections";
import { dyingText, type DeletionMetadata } from "../readiness/gone";
import {
  apiOf,
  isClusterWide,
  keyOf,
  type ClaimSpec,
  type DeclaredObject,
  type ServiceSpec,
  type LiveObjects,
} from "./objects";
import { claimProblems, keptSize, type ClaimsGiven } from "./claims";
import { putRight, servicePortProblems, type ServicesGiven } from "./services";
import { managedNamespace } from "../../components/ingress/controller";

/** What a watch checks against. */
export interface Given extends ClaimsGiven, ServicesGiven {
  /** What is known to be wrong before anything is declared. */
  known?: readonly Problem[];
}

/** The fields of a declared object that a watch reads. */
interface Props {
  metadata?: {
    name?: unknown;
    labels?: DeclaredObject["labels"];
    annotations?: Readonly<Record<string, unknown>>;
  };
  spec?: ClaimSpec & ServiceSpec;
}

/**
 * Refuses to create an object over one that somebody else has made, which some versions of the plugin merge silently, and to
 * replace one that holds data. A preview reports all of them; an update ends at the first, before it changes anything.
 */
export class Watch {
  private readonly problems: Problem[];
  /** Deployments that somebody is deleting, by name, with the text that reports it. */
  private readonly endings = new Map<string, string>();
  /** The objects declared so far whose names are known before the update. */
  readonly declared: DeclaredObject[] = [];
  /** In a preview, what declared objects wait for. */
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

  /** Notes the existing Deployments before anything is declared. */
  know(deployed: readonly { metadata?: DeletionMetadata & { name?: string } }[]): void {
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
   * Hands the objects declared so far to the engine, unless something is refused: the plugin asks the API server about each
   * object at once, and a preview would end with the server's error instead of ours.
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
    const { metadata, spec } = props as Props;
    const { name, labels = {} } = metadata ?? {};
    const named = typeof name === "string";
    if (named) {
      const { own, controller } = this.live.where;
      const below = opts.parent instanceof Ingress ? controller : own;
      const place = isClusterWide(kind) ? undefined : below;
      const path = collection(apiOf(version), kind, place);
      this.declared.push({ kind, name, path, labels });
      this.problems.push(...this.stranger(kind, name, place), ...this.unfit(kind, name, spec));
    }
    const asMeant: Props = named ? this.asMeant(kind, name, props) : props;
    if (this.preview) {
      return { props: asMeant, opts: pulumi.mergeOptions(opts, { dependsOn: this.gate }) };
    }
    this.refuse();
    return { props: asMeant, opts };
  };

  /** Why an object cannot be written as it is declared. */
  private unfit(kind: string, name: string, spec: Props["spec"]): Problem[] {
    const { live, given } = this;
    switch (kind) {
      case "Deployment": {
        const ending = this.endings.get(name);
        return ending === undefined ? [] : [dying(`Deployment ${name}`, ending)];
      }
      case "PersistentVolumeClaim":
        return claimProblems(name, spec, live.claims, given);
      case "Service":
        return spec === undefined ? [] : servicePortProblems(name, spec, live, given);
      default:
        return [];
    }
  }

  /** The object with the changes that keep, or repair, what is in the cluster. */
  private asMeant(kind: string, name: string, props: Props): Props {
    const { metadata, spec } = props;
    if (kind === "Service") {
      const text = putRight(name, spec, this.live.services);
      if (text === undefined) return props;
      const annotations = { ...metadata?.annotations, "slipway/put-right": text };
      return { ...props, metadata: { ...metadata, annotations } };
    }
    if (kind === "PersistentVolumeClaim") {
      const size = keptSize(name, spec, this.live.claims, this.given.volumes);
      if (size === undefined) return props;
      return { ...props, spec: { ...spec, resources: { requests: { storage: size } } } };
    }
    return props;
  }

  /** Throws one error that lists every problem. */
  refuse(): void {
    if (this.problems.length === 0) return;
    const title = `Stack ${this.given.stack} is refused: it conflicts with objects in its cluster`;
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
      allowed: "objects that the stack has created, and those that are named here",
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
            `and belongs to the stack with namespace ${owner}, which would lose it`,
            `only one stack of a cluster runs the ingress controller; the others need \`slipway:ingress: { controller: external, namespace: ${managedNamespace} }\``,
          ),
        ];
  }
}

/** Nothing can be made in it. */
const noNamespace = (name: string, text: string): Problem => ({
  file: `Namespace ${name}`,
  allowed: `a namespace that exists and is not being deleted: ${text}`,
  ...(text.includes("being deleted") && {
    fix: "wait, or see which finalizers block the deletion of its objects",
  }),
});

/** Nothing that is written to such an object lasts. */
const dying = (object: string, text: string): Problem => ({
  file: object,
  path: "metadata.deletionTimestamp",
  allowed: `an object that is not being deleted: ${text}`,
  fix: "wait until it is gone, or see which finalizers block its deletion; then run the same command again",
});
