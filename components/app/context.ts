import * as pulumi from "@pulumi/pulumi";
import { objectLabels, slotLabels } from "../shared/labels";
import { besideName, engineNameBeside } from "../shared/names";
import type { Configuration } from "./config";
import { firstSlot, type Layout, type Slot } from "./rollout";
import type { AppSpec } from "./spec";
import type { AppArgs } from "./args";

/** Metadata that every object of a project has. */
export interface Metadata {
  /** Kubernetes name of the object. */
  name: string;
  /** Namespace of the projects. */
  namespace: pulumi.Input<string>;
  /** Recommended labels, and the one that pods are found by. */
  labels: Record<string, string>;
}

/** One version of a project, once its image is declared. */
export interface Version {
  image: pulumi.Output<string>;
  /** What it is known by before its image is built. */
  identity: string;
  tag?: string;
  commit?: string;
  config?: string;
  configuration?: Configuration;
  /** When it was released, and by whom. */
  released?: { at: string; by: string };
  /** What it runs with. */
  spec: AppSpec;
  /** The settings that `spec` was made of. */
  settings?: string;
}

/** What must be done before: a resource, or the promise that one is rolled out. */
export type Dependencies = readonly pulumi.Input<pulumi.Resource>[];

const slotName = (slot: Slot): string | undefined => (slot === firstSlot ? undefined : slot);

const objectName = (name: string, what: string | undefined): string =>
  what === undefined ? name : besideName(name, what);

/** Kubernetes name of a slot's Deployment. */
export const slotObject = (name: string, slot: Slot): string => objectName(name, slotName(slot));

/** What the parts of an App share: its name, what it is made from, what runs of it, and how children are declared. */
export class AppContext {
  constructor(
    public readonly name: string,
    public readonly args: AppArgs,
    public readonly layout: Layout,
    /** Options of every child. */
    public readonly child: pulumi.CustomResourceOptions,
  ) {}

  /** Slot that serves, or served until the release under way. */
  get slot(): Slot {
    return this.args.slot ?? firstSlot;
  }

  /** What the version runs with that the Service leads to: the one on its way from its switch on. */
  get served(): AppSpec {
    const { spec, live, next } = this.args;
    const led = next === undefined || ["switch", "follow"].includes(next.stage.name);
    return led ? spec : (live?.spec ?? spec);
  }

  /** Metadata of the project's own objects, or of one that stands beside them and belongs to it. */
  metadata(what?: string): Metadata {
    const { name } = this;
    return { ...this.labelled(name, this.args.spec.kind), name: this.objectName(what) };
  }

  /** Metadata of a helper whose pods must not be found among the project's own. */
  helperMetadata(what: string): Metadata {
    return this.labelled(this.objectName(what), what);
  }

  /** Kubernetes name of the project's object, or of one beside it. */
  objectName(what?: string): string {
    return objectName(this.name, what);
  }

  /** Name of the project's resource in the engine, or of one beside it. */
  engineName(what?: string): string {
    return what === undefined ? this.name : engineNameBeside(this.name, what);
  }

  /** What of a slot's Deployment stands behind the project's name. */
  slotName(slot: Slot): string | undefined {
    return slotName(slot);
  }

  /** What the pods of a slot are found by. */
  slotSelector(slot: Slot): Record<string, string> {
    return slotLabels(this.name, slot);
  }

  with(options: pulumi.CustomResourceOptions): pulumi.CustomResourceOptions {
    return pulumi.mergeOptions(this.child, options);
  }

  private labelled(name: string, component: string): Metadata {
    const { spec, placement } = this.args;
    const { system, namespace } = placement;
    const labels = objectLabels({ name, system, component, project: spec.project });
    return { name, namespace, labels };
  }
}
