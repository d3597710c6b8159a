import type { Engine } from "../../rpc/engine";
import { UnreadyError } from "../../rpc/errors";
import { type JsonObject, type Properties, reveal } from "../../rpc/values";
import { ruleFor } from "../await/rules";
import { WaitError, type WaitOptions } from "../await/wait";
import type { Cluster } from "../cluster";
import {
  annotation,
  idOf,
  isAnnotated,
  type KubeObject,
  parseId,
  type Reference,
} from "../objects";
import type { Settings } from "../settings";
import { type Checkpoint, outputs } from "../state";
import type { ApplyOptions } from "../store";

/** What every operation works with. */
export interface Tools {
  readonly cluster: Cluster;
  readonly engine: Engine;
  readonly settings: Settings;
}

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

/** Where the object of a resource is. */
export function referenceOf(
  { apiVersion, kind }: Pick<Reference, "apiVersion" | "kind">,
  id: string,
): Reference {
  return { apiVersion, kind, ...parseId(id) };
}

/** How to write an object. */
export function applyOptions(
  { engine, settings }: Tools,
  { urn }: Subject,
  object: KubeObject,
  { fieldManager, dryRun }: Pick<ApplyOptions, "fieldManager" | "dryRun">,
): ApplyOptions {
  return {
    fieldManager,
    dryRun,
    force: settings.enablePatchForce || isAnnotated(object, "patchForce"),
    note: (text) => {
      engine.log("info", text, urn);
    },
    // The update would only repeat what its preview has told.
    warn: (text) => {
      if (dryRun && !(settings.suppressDeprecationWarnings && /deprecated/.test(text))) {
        engine.log("warning", text, urn);
      }
    },
  };
}

/** How to wait for an object. */
export function waitOptions(
  { engine }: Tools,
  { urn }: Subject,
  object: object,
  timeoutSeconds: number,
): WaitOptions {
  const annotated = Number(annotation(object, "timeoutSeconds") ?? NaN);
  const fallback = Number.isFinite(annotated) ? annotated : defaultTimeoutSeconds;
  return {
    timeoutMs: (timeoutSeconds > 0 ? timeoutSeconds : fallback) * 1000,
    status: (text) => {
      engine.status(text, urn);
    },
  };
}

/** Waits for an object that was written, and gives what is to be recorded of it; throws `UnreadyError` with the same. */
export async function settle(
  tools: Tools,
  subject: Subject,
  written: KubeObject,
  { checkpoint, timeoutSeconds }: { checkpoint: Checkpoint; timeoutSeconds: number },
): Promise<Result> {
  const object = reveal(checkpoint.inputs) as JsonObject;
  const rule = ruleFor(object as unknown as KubeObject);
  const id = idOf(written.metadata);
  if (rule === undefined) return { id, outputs: outputs(written, checkpoint) };
  try {
    const options = waitOptions(tools, subject, object, timeoutSeconds);
    const live = await tools.cluster.waiter.untilReady(written, rule, options);
    return { id, outputs: outputs(live, checkpoint) };
  } catch (error) {
    if (!(error instanceof WaitError)) throw error;
    const reasons = [error.message];
    throw new UnreadyError({ id, outputs: outputs(error.live, checkpoint), reasons });
  }
}
