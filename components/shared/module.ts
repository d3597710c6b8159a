import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { RolloutContract } from "./contracts";
import type { Document } from "./config/document";
import type { Customizer, PatchesOf } from "./customize";
import type { Secrets } from "./config/secrets";
import type { PinnedImage } from "./images";
import type { Problem } from "./problem";

/**
 * A part of the platform: one folder, and one line in `src/modules.ts`. Every stack goes through the same phases, and each part
 * takes its turn in each: `resolve` → `inspect` → `plan` → `declare`. A part knows of others only what it lists in `reads` and
 * `needs`; the order of the parts follows from that.
 *
 * @typeParam Key the part's name, and its key in `Pulumi.<stack>.yaml`
 * @typeParam Shape the keys that it adds to the stack's file; mostly its own alone
 * @typeParam Types what goes in and comes out of its phases
 */
export interface Module<
  Key extends string = string,
  Shape extends z.core.$ZodShape = z.core.$ZodShape,
  Types extends ModuleTypes = ModuleTypes,
> {
  readonly key: Key;
  /** Nothing is ever here: it only carries the types. */
  readonly types?: Types;
  /** A schema for each of its keys in the stack's file. */
  readonly config: Shape;
  /** Parts whose settings `resolve` looks at, and whose plans `plan` does. */
  readonly reads?: readonly (keyof Reads<Types> & string)[];
  /** Parts whose contracts `declare` is given. */
  readonly needs?: readonly (keyof Needs<Types> & string)[];
  /** Resolved after all others, for it looks at what each of them says (`context.backups`). */
  readonly last?: true;
  /** Images that it pulls itself, for mirrors and air gaps. */
  readonly images?: Readonly<Record<string, PinnedImage>>;

  /**
   * Settings from the part's keys; pure. Every problem at once, with file, line and fix. A key that does not hold is absent
   * here and has been reported by its schema. No settings where the stack does without the part.
   */
  resolve(
    config: ConfigOf<Shape>,
    context: ResolveContext<Types>,
  ): Result<NonNullable<Types["settings"]>>;

  /** Looks at machines or servers; only after every part resolved without a problem. */
  inspect?(
    settings: NonNullable<Types["settings"]>,
    context: StackContext,
  ): Promise<Types["facts"]>;

  /**
   * Decides what is to be done, by what was found; guards refuse here. `facts` are absent where nobody has looked: nothing
   * is to be done to machines then.
   */
  plan?(
    settings: NonNullable<Types["settings"]>,
    facts: Types["facts"] | undefined,
    context: PlanContext<Types>,
  ): PlanResult<Types["plan"]>;

  /**
   * Declares the part's resources. It lies in a file of its own that is loaded when it is called: only an update needs the SDK
   * of Kubernetes, which takes a second to load. A part that declares nothing has its settings for a contract.
   */
  declare?(args: DeclareArgs<Types>): Declared<Types> | Promise<Declared<Types>>;

  /**
   * Kinds of objects that `slipway:customize` may patch.
   * @default all
   */
  readonly customizable?: (kind: string) => boolean;

  /** Patches of its objects, beside those of `slipway:customize`. */
  patches?(settings: NonNullable<Types["settings"]>, context: StackContext): readonly PatchesOf[];

  /** What of it is backed up. */
  backups?(settings: NonNullable<Types["settings"]>): readonly BackupSource[];

  /** What of it a person opens; `pulumi stack output links` and `slipway status` show it. */
  links?(settings: NonNullable<Types["settings"]>): readonly Link[];
}

/** What goes in and comes out of a part's phases. */
export interface ModuleTypes {
  /** What `resolve` gives: plain values, no placeholders. `undefined` among them where a stack may do without the part. */
  settings: object | undefined;
  /** Settings of other parts that it looks at, by their keys. */
  reads?: object;
  /** What `inspect` found. */
  facts?: unknown;
  /** What `plan` decides. */
  plan?: object;
  /** Plans of other parts that `plan` looks at, by their keys. */
  plans?: object;
  /** What of it is in the cluster before it is declared. */
  live?: object;
  /** Contracts of other parts, by their keys. */
  needs?: object;
  /** What other parts may know of it once it is declared. */
  contract?: object;
  /** What of it `pulumi stack output` shows. */
  outputs?: object;
}

type Reads<Types extends ModuleTypes> = Types["reads"] extends object ? Types["reads"] : object;
type Plans<Types extends ModuleTypes> = Types["plans"] extends object ? Types["plans"] : object;
type Needs<Types extends ModuleTypes> = Types["needs"] extends object ? Types["needs"] : object;

/** The part's keys, as far as they hold. */
export type ConfigOf<Shape extends z.core.$ZodShape> = {
  [Key in keyof Shape]?: z.output<Shape[Key]> | undefined;
};

/** What every phase knows. */
export interface StackContext {
  /** Folder with the stack's file and `projects/`. */
  readonly checkout: string;
  readonly stack: string;
  /** `Pulumi.<stack>.yaml`, for the lines of its keys. */
  readonly document: Document;
  readonly secrets: Secrets;
  readonly env: NodeJS.ProcessEnv;
  readonly now: Date;
  /** Only shows what would be done. */
  readonly preview: boolean;
  /** The one project that the update is limited to. */
  readonly only?: string | undefined;
}

/** What `resolve` knows beside the part's keys. */
export interface ResolveContext<Types extends ModuleTypes> extends StackContext {
  /** Settings of the parts in `reads`, where they hold. */
  readonly settings: Partial<Reads<Types>>;
  /** The whole of the stack's file as far as it holds: for what a part only has to know of another's keys. */
  readonly config: Readonly<Record<string, unknown>>;
  /** What the parts that resolved before say has to be backed up. */
  readonly backups: readonly BackupSource[];
}

/** What `plan` knows beside the part's settings and facts. */
export interface PlanContext<Types extends ModuleTypes> extends StackContext {
  readonly settings: Partial<Reads<Types>>;
  /** Plans of the parts in `reads`. */
  readonly plans: Partial<Plans<Types>>;
}

/** What a phase gives, and what is wrong. */
export interface Result<Value> {
  /** Absent where a problem leaves none, or where the stack does without the part. */
  readonly value?: Value | undefined;
  readonly problems?: readonly Problem[];
  /** What stops nothing, a text each. */
  readonly warnings?: readonly string[];
  /** One sentence for each thing that is not the real one. */
  readonly simulated?: readonly string[];
}

/** What is decided, with a line for each thing that preview prints. */
export interface PlanResult<Plan> extends Result<Plan> {
  readonly lines?: readonly string[];
}

/** What `declare` is given. */
export interface DeclareArgs<Types extends ModuleTypes> {
  /** What `resolve` returned. */
  readonly settings: NonNullable<Types["settings"]>;
  /** What `plan` decided; absent for a part that plans nothing. */
  readonly plan: Types["plan"] | undefined;
  /** What of it is in the cluster already; absent where there is none yet, or nobody may see it. */
  readonly live: Types["live"] | undefined;
  /** Contracts of the parts in `needs`. */
  readonly needs: Needs<Types>;
  /** How this update declares resources. */
  readonly context: DeclareContext;
}

/** What an update brings about its resources by. */
export interface DeclareContext extends StackContext {
  /** Whether workloads came up; of an update that is limited to one project, only its own are waited for. */
  readonly rollouts: RolloutContract;
  /** The same for what belongs to no project. */
  readonly platformRollouts: RolloutContract;
  /** Options of what is declared in the cluster, beside its provider. */
  readonly transformations: pulumi.ResourceTransformation[];
  /** Takes note of a cluster that is made here, which answers once its kubeconfig is known. */
  readonly made: (kubeconfig: pulumi.Output<string>) => void;
  /** Lets what has been declared by now go to the engine. */
  readonly pass: () => void;
}

/** What a part has declared. */
export interface Declared<Types extends ModuleTypes> {
  readonly contract: Types["contract"];
  readonly outputs?: Types["outputs"];
  /** What has laid patches of its own over objects, beside those of the part as a whole. */
  readonly customizers?: readonly Customizer[];
}

/** Something of a part that is backed up. */
export interface BackupSource {
  /** Name of the part of `slipway:backup.parts` that keeps it. */
  readonly part: string;
  /** What would be lost without it, in a few words. */
  readonly holds: string;
}

/** A page of a part that a person opens. */
export interface Link {
  /** Whole address, as a browser takes it. */
  readonly url: string;
  /** What somebody opens it for, in a few words. */
  readonly purpose: string;
  /** Path on the same host that says whether it is healthy. @default the page itself */
  readonly health?: string;
}

/** Names a part's types once; the list in `src/modules.ts` checks that parts fit together. */
export const defineModule =
  <Types extends ModuleTypes>() =>
  <const Key extends string, Shape extends z.core.$ZodShape>(
    part: Module<Key, Shape, Types>,
  ): Module<Key, Shape, Types> =>
    part;
