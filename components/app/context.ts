import * as pulumi from "@pulumi/pulumi";
import { objectLabels, slotLabels } from "../shared/labels";
import { besideName, engineNameBeside } from "../shared/names";
import type { Configuration } from "./config";
import { firstSlot, type TrackLayout, type Slot } from "./rollout";
import type { AppSpec } from "./spec";
import type { AppArgs } from "./args";

/** Metadata that every object of a project has. */
export interface Metadata {
  /** Kubernetes name of the object. */
  name: string;
  /** Namespace of the projects. */
  namespace: pulumi.Input<string>;
  /** Recommended labels, and the one that selects pods. */
  labels: Record<string, string>;
}

/** One version of a project, once its image is declared. */
export interface DeclaredVersion {
  image: pulumi.Output<string>;
  /** Its identifier before its image is built. */
  identity: string;
  tag?: string;
  commit?: string;
  config?: string;
  configuration?: Configuration;
  /** When it was released, and by whom. */
  released?: { at: string; by: string };
  /** What it runs with. */
  spec: AppSpec;
  /** The settings that `spec` was resolved from. */
  settings?: string;
}

/** What must come first: a resource, or the promise that one is rolled out. */
export type Dependencies = readonly pulumi.Input<pulumi.Resource>[];

const slotName = (slot: Slot): string | undefined => (slot === firstSlot ? undefined : slot);

const objectName = (name: string, what: string | undefined): string =>
  what === undefined ? name : besideName(name, what);

/** Kubernetes name of a slot's Deployment. */
export const slotObject = (name: string, slot: Slot): string => objectName(name, slotName(slot));

/** What the parts of an App share: its name, its arguments, its layout, and how children are declared. */
export class AppContext {
  constructor(
    public readonly name: string,
    public readonly args: AppArgs,
    public readonly layout: TrackLayout,
    /** Options of every child. */
    public readonly child: pulumi.CustomResourceOptions,
  ) {}

  /** Slot that serves; during a release the one that served before it. */
  get slot(): Slot {
    return this.args.slot ?? firstSlot;
  }

  /** Spec of the version that the Service routes to: from the switch on, that of the version being rolled out. */
  get served(): AppSpec {
    const { spec, live, next } = this.args;
    const led = next === undefined || ["switch", "follow"].includes(next.stage.name);
    return led ? spec : (live?.spec ?? spec);
  }

  /** Metadata of the project's main objects, or of a secondary one named by `what`. */
  metadata(what?: string): Metadata {
    const { name } = this;
    return { ...this.labelled(name, this.args.spec.kind), name: this.objectName(what) };
  }

  /** Metadata of a helper whose pods the project's selectors must not match. */
  helperMetadata(what: string): Metadata {
    return this.labelled(this.objectName(what), what);
  }

  /** Kubernetes name of the project's main object, or of a secondary one. */
  objectName(what?: string): string {
    return objectName(this.name, what);
  }

  /** Name of the project's main resource in the engine, or of a secondary one. */
  engineName(what?: string): string {
    return what === undefined ? this.name : engineNameBeside(this.name, what);
  }

  /** Suffix of the names of a slot's objects after the project's name. */
  slotName(slot: Slot): string | undefined {
    return slotName(slot);
  }

  /** Labels that select the pods of a slot. */
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
