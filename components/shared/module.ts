import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { RolloutContract } from "./contracts";
import type { Document } from "./config/document";
import type { Customizer, PatchesOf } from "./customize";
import type { Secrets } from "./config/secrets";
import type { PinnedImage } from "./images";
import type { Problem } from "./problem";

/**
 * A part of the platform: one folder, and one line in `src/modules.ts`. Every stack goes through the same phases, with each part
 * in turn: `resolve` → `inspect` → `plan` → `declare`. A part depends only on the parts in its `reads` and `needs`, which
 * determine the order of the parts.
 *
 * @typeParam Key the part's name, and its key in `Pulumi.<stack>.yaml`
 * @typeParam Shape the keys that it adds to the stack's file; mostly its own alone
 * @typeParam Types inputs and outputs of its phases
 */
export interface Module<
  Key extends string = string,
  Shape extends z.core.$ZodShape = z.core.$ZodShape,
  Types extends ModuleTypes = ModuleTypes,
> {
  readonly key: Key;
  /** Never set; it only carries the types. */
  readonly types?: Types;
  /** A schema for each of its keys in the stack's file. */
  readonly config: Shape;
  /** Parts whose settings `resolve` reads, and whose plans `plan` reads. */
  readonly reads?: readonly (keyof Reads<Types> & string)[];
  /** Parts whose contracts `declare` gets. */
  readonly needs?: readonly (keyof Needs<Types> & string)[];
  /** Resolved after all others, because it reads what each of them declares (`context.backups`). */
  readonly last?: true;
  /** Images that it pulls itself, for mirrors and air gaps. */
  readonly images?: Readonly<Record<string, PinnedImage>>;

  /**
   * Resolves settings from the part's keys; pure. Returns every problem at once, with file, line and fix. An invalid key is
   * absent here; its schema has reported it. Returns no settings where the stack does not use the part.
   */
  resolve(
    config: ConfigOf<Shape>,
    context: ResolveContext<Types>,
  ): Result<NonNullable<Types["settings"]>>;

  /** Gathers facts of machines or servers; only after every part resolved without a problem. */
  inspect?(
    settings: NonNullable<Types["settings"]>,
    context: StackContext,
  ): Promise<Types["facts"]>;

  /**
   * Plans the changes from the facts; guards refuse here. `facts` are absent where none were gathered: machines do not change
   * then.
   */
  plan?(
    settings: NonNullable<Types["settings"]>,
    facts: Types["facts"] | undefined,
    context: PlanContext<Types>,
  ): PlanResult<Types["plan"]>;

  /**
   * Declares the part's resources. It is in a file of its own that is loaded on demand: only an update needs the Kubernetes SDK,
   * which takes a second to load. The contract of a part that declares nothing is its settings.
   */
  declare?(args: DeclareArgs<Types>): Declared<Types> | Promise<Declared<Types>>;

  /**
   * Kinds of objects that `slipway:customize` may patch.
   * @default all
   */
  readonly customizable?: (kind: string) => boolean;

  /** Patches of its objects, beside those of `slipway:customize`. */
  patches?(settings: NonNullable<Types["settings"]>, context: StackContext): readonly PatchesOf[];

  /** State that should be backed up. */
  backups?(settings: NonNullable<Types["settings"]>): readonly BackupSource[];

  /** Pages for people; `pulumi stack output links` and `slipway status` show them. */
  links?(settings: NonNullable<Types["settings"]>): readonly Link[];
}

/** Inputs and outputs of a part's phases. */
export interface ModuleTypes {
  /** Result of `resolve`: plain values, no placeholders; includes `undefined` where a stack need not use the part. */
  settings: object | undefined;
  /** Settings of other parts that it reads, by their keys. */
  reads?: object;
  /** Result of `inspect`. */
  facts?: unknown;
  /** Result of `plan`. */
  plan?: object;
  /** Plans of other parts that `plan` reads, by their keys. */
  plans?: object;
  /** The part's present objects in the cluster, before it is declared. */
  live?: object;
  /** Contracts of other parts, by their keys. */
  needs?: object;
  /** What other parts may use of it once it is declared. */
  contract?: object;
  /** Its outputs in `pulumi stack output`. */
  outputs?: object;
}

type Reads<Types extends ModuleTypes> = Types["reads"] extends object ? Types["reads"] : object;
type Plans<Types extends ModuleTypes> = Types["plans"] extends object ? Types["plans"] : object;
type Needs<Types extends ModuleTypes> = Types["needs"] extends object ? Types["needs"] : object;

/** The part's valid keys. */
export type ConfigOf<Shape extends z.core.$ZodShape> = {
  [Key in keyof Shape]?: z.output<Shape[Key]> | undefined;
};

/** Context of every phase. */
export interface StackContext {
  /** Folder with the stack's file and `projects/`. */
  readonly checkout: string;
  readonly stack: string;
  /** `Pulumi.<stack>.yaml`, for the lines of its keys. */
  readonly document: Document;
  readonly secrets: Secrets;
  readonly env: NodeJS.ProcessEnv;
  readonly now: Date;
  /** Whether this is a preview. */
  readonly preview: boolean;
  /** The one project that the update is limited to. */
  readonly only?: string | undefined;
}

/** Context of `resolve`, besides the part's keys. */
export interface ResolveContext<Types extends ModuleTypes> extends StackContext {
  /** Settings of the parts in `reads`, where they are valid. */
  readonly settings: Partial<Reads<Types>>;
  /** All valid keys of the stack's file, for a part that needs only a key of another part. */
  readonly config: Readonly<Record<string, unknown>>;
  /** State to back up of the parts that resolved before. */
  readonly backups: readonly BackupSource[];
}

/** Context of `plan`, besides the part's settings and facts. */
export interface PlanContext<Types extends ModuleTypes> extends StackContext {
  readonly settings: Partial<Reads<Types>>;
  /** Plans of the parts in `reads`. */
  readonly plans: Partial<Plans<Types>>;
}

/** Value and problems of a phase. */
export interface Result<Value> {
  /** Absent after a problem, or where the stack does not use the part. */
  readonly value?: Value | undefined;
  readonly problems?: readonly Problem[];
  /** Warnings, a text each. */
  readonly warnings?: readonly string[];
  /** One sentence for each simulated part. */
  readonly simulated?: readonly string[];
}

/** A plan, with the lines that a preview prints. */
export interface PlanResult<Plan> extends Result<Plan> {
  readonly lines?: readonly string[];
}

/** Arguments of `declare`. */
export interface DeclareArgs<Types extends ModuleTypes> {
  /** What `resolve` returned. */
  readonly settings: NonNullable<Types["settings"]>;
  /** What `plan` decided; absent for a part that plans nothing. */
  readonly plan: Types["plan"] | undefined;
  /** Its present objects in the cluster; absent where there is no cluster yet, or where they may not be read. */
  readonly live: Types["live"] | undefined;
  /** Contracts of the parts in `needs`. */
  readonly needs: Needs<Types>;
  /** How this update declares resources. */
  readonly context: DeclareContext;
}

/** Context of `declare`. */
export interface DeclareContext extends StackContext {
  /** Waits for workloads; an update that is limited to one project waits only for that project's. */
  readonly rollouts: RolloutContract;
  /** The same for workloads that belong to no project. */
  readonly platformRollouts: RolloutContract;
  /** Transformations of everything that is declared in the cluster. */
  readonly transformations: pulumi.ResourceTransformation[];
  /** Called with the kubeconfig of a cluster that this stack creates. */
  readonly made: (kubeconfig: pulumi.Output<string>) => void;
  /** Sends the resources declared so far to the engine. */
  readonly pass: () => void;
}

/** Result of `declare`. */
export interface Declared<Types extends ModuleTypes> {
  readonly contract: Types["contract"];
  readonly outputs?: Types["outputs"];
  /** Customizers with patches of their own, besides that of the part as a whole. */
  readonly customizers?: readonly Customizer[];
}

/** State of a part that should be backed up. */
export interface BackupSource {
  /** Its key in `slipway:backup.parts`. */
  readonly part: string;
  /** What would be lost without it, in a few words. */
  readonly holds: string;
}

/** A page of a part for people. */
export interface Link {
  /** Absolute URL. */
  readonly url: string;
  /** What it is for, in a few words. */
  readonly purpose: string;
  /** Path of a health check on the same host. @default the page itself */
  readonly health?: string;
}

/** Names a part's types once; the list in `src/modules.ts` checks that parts fit together. */
export const defineModule =
  <Types extends ModuleTypes>() =>
  <const Key extends string, Shape extends z.core.$ZodShape>(
    part: Module<Key, Shape, Types>,
  ): Module<Key, Shape, Types> =>
    part;
