import { isDeepStrictEqual } from "node:util";
import type { Engine } from "../rpc/engine";
import { PluginError, UnreadyError } from "../rpc/errors";
import { hasUnknown, type JsonObject, omit, type Properties, reveal } from "../rpc/values";
import { ApiError } from "./api-error";
import { ruleFor } from "./await/rules";
import { WaitError } from "./await/wait";
import type { Cluster } from "./cluster";
import { driftedInputs } from "./drift";
import { fieldManagerOf } from "./field-managers";
import { withIgnored } from "./ignored";
import {
  annotation,
  idOf,
  isAnnotated,
  type KubeObject,
  parseId,
  parseToken,
  type Reference,
  titleOf,
} from "./objects";
import { propagationPolicy, waitsForDeletion } from "./deletion";
import {
  type Checkpoint,
  expectedOutputs,
  lastSeen,
  manifest,
  outputs,
  previewOutputs,
  recorded,
  visible,
} from "./state";
import { AlreadyExistsError, type ApplyOptions, UnknownKindError } from "./store";

/** One resource as the engine names it. */
export interface Subject {
  readonly urn: string;
  /** Type token, e.g. `kubernetes:apps/v1:Deployment`. */
  readonly token: string;
}

/** How an operation on a resource is to be done. */
export interface Operation {
  /** Show what would happen; change nothing. */
  readonly preview: boolean;
  /** From `customTimeouts`; 0 where it is not set. */
  readonly timeoutSeconds: number;
}

/** What there is of a resource after an operation. */
export interface Result {
  readonly id: string;
  readonly outputs: Properties;
  readonly inputs?: Properties;
}

/** How long an object may take to become ready, or to go, unless the program says otherwise. */
const defaultTimeoutSeconds = 600;

/** Creates, reads, updates and deletes the objects that resources stand for. */
export class Resources {
  constructor(
    private readonly cluster: Cluster,
    private readonly engine: Engine,
    private readonly options: {
      readonly enablePatchForce: boolean;
      readonly upsertExistingObjects: boolean;
      readonly suppressDeprecationWarnings: boolean;
    },
  ) {}

  /** Creates the object and waits until it is ready. A preview that the server cannot judge shows the inputs. */
  public async create(
    subject: Subject,
    inputs: Properties,
    operation: Operation & { readonly replaces: boolean },
  ): Promise<Result> {
    if (operation.preview && hasUnknown(inputs))
      return { id: "", outputs: expectedOutputs(inputs) };
    const object = manifest(inputs);
    const fieldManager = annotation(object, "patchFieldManager") ?? fieldManagerOf(subject.urn);
    const apply = this.applyOptions(subject, object, fieldManager, operation.preview);
    if (operation.preview) {
      return { id: "", outputs: await this.previewCreate(subject, inputs, apply, operation) };
    }
    const { store } = this.cluster;
    const live = this.options.upsertExistingObjects
      ? await store.upsert(object, apply)
      : await store.create(object, apply);
    const checkpoint = { inputs, initialApiVersion: object.apiVersion, fieldManager };
    return await this.settle(subject, live, checkpoint, operation);
  }

  /** Applies new inputs to the object and waits until it is ready again. */
  public async update(
    subject: Subject,
    {
      state,
      inputs,
      ignored,
    }: { state: Properties; inputs: Properties; ignored: readonly string[] },
    operation: Operation & { readonly id: string },
  ): Promise<Result> {
    if (operation.preview && hasUnknown(inputs))
      return { id: operation.id, outputs: expectedOutputs(inputs) };
    const former = recorded(state);
    const object = manifest(inputs);
    const live = await this.cluster.store.get(referenceOf(object, operation.id));
    if (live === undefined) {
      throw new PluginError(
        `${titleOf(object)} does not exist any more. Run \`pulumi refresh\`, and the next update creates it anew.`,
      );
    }
    const fieldManager =
      annotation(object, "patchFieldManager") ?? former.fieldManager ?? fieldManagerOf(subject.urn);
    const apply = this.applyOptions(subject, object, fieldManager, operation.preview);
    if (!operation.preview) await this.cluster.store.adopt(live, fieldManager, former.fieldManager);
    const wanted = withIgnored(object, ignored, live, fieldManager);
    const metadata = { ...wanted.metadata, name: live.metadata.name, uid: live.metadata.uid };
    const written = await this.cluster.store.apply({ ...wanted, metadata }, apply);
    if (operation.preview) {
      return { id: operation.id, outputs: previewOutputs(written, inputs) };
    }
    const initialApiVersion = former.initialApiVersion ?? object.apiVersion;
    const checkpoint = { inputs, initialApiVersion, fieldManager };
    return await this.settle(subject, written, checkpoint, operation);
  }

  /**
   * Reads the live object; undefined if there is none. Inputs come back as they are live where someone else has changed
   * them. Without recorded inputs, in an import, all that a program could declare is taken for input.
   */
  public async read(
    subject: Subject,
    id: string,
    { state, inputs }: { state: Properties; inputs: Properties },
  ): Promise<Result | undefined> {
    const type = parseToken(subject.token);
    const imported = Object.keys(inputs).length === 0;
    const live = await this.cluster.store.get(referenceOf(imported ? type : manifest(inputs), id));
    if (live === undefined) return undefined;
    const former = recorded(state);
    const fieldManager = former.fieldManager ?? fieldManagerOf(subject.urn);
    const current = imported
      ? declarable(live)
      : await this.drifted(live, state, inputs, fieldManager);
    const result = {
      id,
      inputs: current,
      outputs: outputs(live, {
        inputs: current,
        initialApiVersion: former.initialApiVersion ?? live.apiVersion,
        fieldManager,
        imported: imported || former.imported,
      }),
    };
    const rule = imported ? undefined : ruleFor(manifest(inputs));
    const unready = rule === undefined ? undefined : await this.cluster.waiter.judge(live, rule);
    if (unready !== undefined) throw new UnreadyError({ ...result, reasons: [unready] });
    return result;
  }

  /** Deletes the object and waits until it is gone. */
  public async delete(
    subject: Subject,
    id: string,
    { state, timeoutSeconds }: { state: Properties; timeoutSeconds: number },
  ): Promise<void> {
    const seen = reveal(lastSeen(state)) as unknown as KubeObject;
    const reference = referenceOf("kind" in seen ? seen : parseToken(subject.token), id);
    const live = await this.cluster.store.get(reference);
    if (live === undefined) return;
    const inputs = reveal(recorded(state).inputs ?? {}) as JsonObject;
    const policy = propagationPolicy(annotation(inputs, "deletionPropagationPolicy"), reference);
    const found = await this.cluster.store.delete(reference, policy);
    if (!found || !waitsForDeletion(reference, isAnnotated(inputs, "skipAwait"))) return;
    await this.cluster.waiter.untilGone(live, this.waitOptions(subject, inputs, timeoutSeconds));
  }

  /** Tries an update on the server; gives the error it meets, if the server has one. */
  public async rehearse(
    subject: Subject,
    id: string,
    state: Properties,
    inputs: Properties,
  ): Promise<ApiError | undefined> {
    try {
      const operation = { preview: true, timeoutSeconds: 0, id };
      await this.update(subject, { state, inputs, ignored: [] }, operation);
      return undefined;
    } catch (error) {
      return error instanceof ApiError ? error : undefined;
    }
  }

  private async previewCreate(
    subject: Subject,
    inputs: Properties,
    apply: ApplyOptions,
    { replaces }: { replaces: boolean },
  ): Promise<Properties> {
    try {
      const { store } = this.cluster;
      const object = manifest(inputs);
      const dryRun = this.options.upsertExistingObjects
        ? await store.upsert(object, { ...apply, force: true })
        : await store.create(object, apply);
      return previewOutputs(dryRun, inputs);
    } catch (error) {
      const expected = expectedOutputs(inputs);
      // The object it replaces, its kind or its namespace: all of these the update itself will see to.
      if (error instanceof UnknownKindError) return expected;
      if (error instanceof AlreadyExistsError && replaces) return expected;
      if (error instanceof ApiError && error.isNamespaceMissing) return expected;
      const passing = error instanceof ApiError && error.isForbidden;
      if (!passing && !(error instanceof AlreadyExistsError)) throw error;
      this.engine.log(
        "warning",
        `as things are, the update would fail: ${error.message}`,
        subject.urn,
      );
      return expected;
    }
  }

  /** Waits for an object that was written, and gives what is to be recorded of it, ready or not. */
  private async settle(
    subject: Subject,
    written: KubeObject,
    checkpoint: Checkpoint,
    { timeoutSeconds }: Operation,
  ): Promise<Result> {
    const object = reveal(checkpoint.inputs) as JsonObject;
    const rule = ruleFor(object as unknown as KubeObject);
    const id = idOf(written.metadata);
    if (rule === undefined) return { id, outputs: outputs(written, checkpoint) };
    try {
      const options = this.waitOptions(subject, object, timeoutSeconds);
      const live = await this.cluster.waiter.untilReady(written, rule, options);
      return { id, outputs: outputs(live, checkpoint) };
    } catch (error) {
      if (!(error instanceof WaitError)) throw error;
      const reasons = [error.message];
      throw new UnreadyError({ id, outputs: outputs(error.live, checkpoint), reasons });
    }
  }

  private async drifted(
    live: KubeObject,
    state: Properties,
    inputs: Properties,
    fieldManager: string,
  ): Promise<Properties> {
    const now = visible(live);
    if (isDeepStrictEqual(reveal(lastSeen(state)), now)) return inputs;
    const object = manifest(inputs);
    const silent = { note: () => undefined, warn: () => undefined };
    const metadata = { ...object.metadata, name: live.metadata.name };
    const again = await this.cluster.store
      .apply({ ...object, metadata }, { fieldManager, dryRun: true, force: true, ...silent })
      .catch((error: unknown) => {
        // What can no longer be applied is for the next update to tell, not for a refresh.
        if (error instanceof ApiError) return undefined;
        throw error;
      });
    if (again === undefined) return inputs;
    return driftedInputs(inputs, reveal(visible(again)) as JsonObject, reveal(now) as JsonObject);
  }

  private applyOptions(
    { urn }: Subject,
    object: KubeObject,
    fieldManager: string,
    dryRun: boolean,
  ): ApplyOptions {
    return {
      fieldManager,
      dryRun,
      force: this.options.enablePatchForce || isAnnotated(object, "patchForce"),
      note: (text) => {
        this.engine.log("info", text, urn);
      },
      warn: (text) => {
        if (dryRun && !(this.options.suppressDeprecationWarnings && /deprecated/.test(text))) {
          this.engine.log("warning", text, urn);
        }
      },
    };
  }

  private waitOptions(
    { urn }: Subject,
    object: object,
    timeoutSeconds: number,
  ): { timeoutMs: number; status: (text: string) => void } {
    const annotated = Number(annotation(object, "timeoutSeconds") ?? NaN);
    const fallback = Number.isFinite(annotated) ? annotated : defaultTimeoutSeconds;
    return {
      timeoutMs: (timeoutSeconds > 0 ? timeoutSeconds : fallback) * 1000,
      status: (text) => {
        this.engine.status(text, urn);
      },
    };
  }
}

/** All of a live object that a program could declare. */
function declarable(live: KubeObject): Properties {
  const object = omit(visible(live), "status");
  const metadata = omit(
    object["metadata"] as Properties,
    ...[
      "creationTimestamp",
      "generation",
      "resourceVersion",
      "uid",
      "selfLink",
      "deletionTimestamp",
    ],
  );
  return { ...object, metadata };
}

function referenceOf(
  { apiVersion, kind }: Pick<Reference, "apiVersion" | "kind">,
  id: string,
): Reference {
  return { apiVersion, kind, ...parseId(id) };
}
