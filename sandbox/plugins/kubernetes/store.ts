import { PluginError } from "../rpc/errors";
import type { JsonObject } from "../rpc/values";
import { ApiError } from "./api-error";
import { type Client, pauseFor } from "./client";
import { collectionPath, type Discovery, type Kind, objectPath } from "./discovery";
import { adopted, conflicts, explainConflicts, owns, yields } from "./field-managers";
import { idOf, type KubeObject, type Reference, referenceTo, titleOf } from "./objects";

/** How to apply an object. */
export interface ApplyOptions {
  readonly fieldManager: string;
  /** Let the server do everything but keep the result. */
  readonly dryRun: boolean;
  /** Take fields over from whoever holds them. */
  readonly force: boolean;
  /** Tells the user something about this object. */
  readonly note: (text: string) => void;
  /** Is told the server's warnings. */
  readonly warn: (text: string) => void;
}

/** No object ever has this version: etcd counts from 2. An apply that names it can only create. */
const neverExisted = "1";
/** Pauses while the kind or the namespace of a new object is on its way: both may be part of the same program. */
const arrivalPausesMs = [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000];

/** The objects of a cluster. Everything is written by server-side apply. */
export class Store {
  constructor(
    private readonly client: Client,
    public readonly discovery: Discovery,
    private readonly cancelled: AbortSignal,
  ) {}

  /** The live object, or undefined where there is none. */
  public async get(reference: Reference): Promise<KubeObject | undefined> {
    const kind = await this.discovery.find(reference.apiVersion, reference.kind);
    if (kind === undefined) return undefined;
    try {
      return toObject(await this.client.send({ path: objectPath(kind, reference) }));
    } catch (error) {
      if (error instanceof ApiError && error.isNotFound) return undefined;
      throw error;
    }
  }

  /** Path of the collection that an object is in; undefined if the server does not have its kind. */
  public async collection(reference: Reference): Promise<string | undefined> {
    const kind = await this.discovery.find(reference.apiVersion, reference.kind);
    return kind === undefined ? undefined : collectionPath(kind, reference.namespace ?? "default");
  }

  /**
   * Creates an object and only that: one that is there already is an error that says whose it is. Unless it is our own, made
   * by a run that ended before it could record it: `carriesOn` takes that run's work up.
   */
  public async create(
    object: KubeObject,
    options: ApplyOptions,
    carriesOn: boolean,
  ): Promise<KubeObject> {
    const first = { ...object, metadata: { ...object.metadata, resourceVersion: neverExisted } };
    const write = (): Promise<KubeObject> =>
      this.arriving(options.dryRun, () => this.patch(first, options));
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof ApiError && error.isConflict)) throw error;
      const live = await this.get(referenceTo(object));
      // It went away between the two requests: its deletion was still under way at the first.
      if (live === undefined) return await write();
      const ours = owns(live.metadata.managedFields ?? [], options.fieldManager, []);
      const ending = live.metadata.deletionTimestamp !== undefined;
      if (!carriesOn || !ours || ending) throw new AlreadyExistsError(object, live);
      if (!options.dryRun) options.note("carries on from a run that was interrupted");
      return await this.apply(object, options);
    }
  }

  /** Creates an object or takes over the one that is there. */
  public async upsert(object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
    return await this.arriving(options.dryRun, () => this.apply(object, options));
  }

  /**
   * Applies an object. Fields that a person changed by hand are taken back; those that another controller or stack holds
   * are an error, unless forced.
   */
  public async apply(object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
    try {
      return await this.patch(object, options);
    } catch (error) {
      const found = error instanceof ApiError && error.isConflict ? conflicts(error) : [];
      if (found.length === 0) throw error;
      if (!found.every(({ manager }) => yields(manager))) {
        throw new PluginError(explainConflicts(titleOf(object), found));
      }
      const fields = found.map(({ field, manager }) => `${field} from ${manager}`);
      if (!options.dryRun) options.note(`takes back ${fields.join(", ")}`);
      return await this.patch(object, { ...options, force: true });
    }
  }

  /** Makes the fields of our predecessors ours, so that those no longer declared go away. */
  public async adopt(live: KubeObject, manager: string, former?: string): Promise<void> {
    const managedFields = adopted(live.metadata.managedFields ?? [], manager, former);
    if (managedFields === undefined) return;
    const { resourceVersion } = live.metadata;
    await this.client.send({
      method: "PATCH",
      path: objectPath(await this.kindOf(live), live.metadata),
      type: "application/json-patch+json",
      body: [
        { op: "replace", path: "/metadata/managedFields", value: managedFields },
        { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
      ],
    });
  }

  /** Starts the deletion of an object; it may take a while to be gone. False if there was none. */
  public async delete(reference: Reference, propagationPolicy: string): Promise<boolean> {
    const kind = await this.discovery.find(reference.apiVersion, reference.kind);
    if (kind === undefined) return false;
    try {
      const path = objectPath(kind, reference);
      await this.client.send({ method: "DELETE", path, body: { propagationPolicy } });
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.isNotFound) return false;
      throw error;
    }
  }

  private async patch(object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
    const kind = await this.kindOf(object);
    const clusterWide = { ...object.metadata, namespace: undefined };
    const body = kind.namespaced ? object : { ...object, metadata: clusterWide };
    return toObject(
      await this.client.send({
        method: "PATCH",
        path: objectPath(kind, object.metadata),
        type: "application/apply-patch+yaml",
        query: {
          fieldManager: options.fieldManager,
          force: options.force ? "true" : undefined,
          dryRun: options.dryRun ? "All" : undefined,
        },
        body,
        onWarning: options.warn,
      }),
    );
  }

  /** Repeats a first write while the object's kind or namespace is not there yet; a preview does not wait. */
  private async arriving<Result>(dryRun: boolean, write: () => Promise<Result>): Promise<Result> {
    for (const pause of dryRun ? [] : arrivalPausesMs) {
      try {
        return await write();
      } catch (error) {
        const early = error instanceof ApiError && error.isNotFound;
        if (!early && !(error instanceof UnknownKindError)) throw error;
      }
      await pauseFor(pause, this.cancelled);
    }
    return await write();
  }

  private async kindOf({ apiVersion, kind }: KubeObject): Promise<Kind> {
    const known = await this.discovery.find(apiVersion, kind);
    if (known === undefined) throw new UnknownKindError(apiVersion, kind);
    return known;
  }
}

/** The server has no such kind. */
export class UnknownKindError extends PluginError {
  public override readonly name = "UnknownKindError";
  constructor(apiVersion: string, kind: string) {
    super(
      `the cluster has no kind ${kind} in ${apiVersion}: its CustomResourceDefinition is not installed, or the API version was removed`,
    );
  }
}

/** The object to create is there already. */
export class AlreadyExistsError extends PluginError {
  public override readonly name = "AlreadyExistsError";
  constructor(
    object: KubeObject,
    /** The one that is there. */
    public readonly live: KubeObject,
  ) {
    const managers = new Set(live.metadata.managedFields?.map(({ manager }) => manager));
    const owner = managers.size === 0 ? "" : ` (managed by ${[...managers].join(", ")})`;
    super(
      [
        `${titleOf(object)} already exists in the cluster${owner}.`,
        "  If this resource was renamed in the program, give it an alias.",
        `  To adopt the object, set the resource option import: "${idOf(object.metadata)}".`,
        "  To take over whatever is there, set upsertExistingObjects on the provider.",
      ].join("\n"),
    );
  }
}

const toObject = (json: JsonObject): KubeObject => json as unknown as KubeObject;
