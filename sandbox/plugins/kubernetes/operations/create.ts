import { hasUnknown, type Properties } from "../../rpc/values";
import { ApiError } from "../api-error";
import { fieldManagerOf } from "../field-managers";
import { annotation, type KubeObject } from "../objects";
import { expectedOutputs, manifest, previewOutputs } from "../state";
import { AlreadyExistsError, type ApplyOptions, UnknownKindError } from "../store";
import {
  applyOptions,
  type Operation,
  type Result,
  settle,
  type Subject,
  type Tools,
  waitOptions,
} from "./tools";

/** How to create an object. */
export interface Creation extends Operation {
  /** The resource exists: its object will have been deleted first if it stands in the way. */
  readonly replaces: boolean;
}

/** Creates the object of a resource and waits until it is ready. */
export async function create(
  tools: Tools,
  subject: Subject,
  inputs: Properties,
  creation: Creation,
): Promise<Result> {
  const { preview, timeoutSeconds, replaces } = creation;
  if (preview && hasUnknown(inputs)) return { id: "", outputs: expectedOutputs(inputs) };
  const object = manifest(inputs);
  const fieldManager = annotation(object, "patchFieldManager") ?? fieldManagerOf(subject.urn);
  const apply = applyOptions(tools, subject, object, { fieldManager, dryRun: preview });
  const { store } = tools.cluster;
  const write = async (options: ApplyOptions): Promise<KubeObject> =>
    tools.settings.upsertExistingObjects
      ? await store.upsert(object, options)
      : await store.create(object, options, !replaces);

  if (preview) {
    try {
      return { id: "", outputs: previewOutputs(await write({ ...apply, force: true }), inputs) };
    } catch (error) {
      if (!willPass(error, replaces)) throw error;
      if (error instanceof ApiError && !error.isNamespaceMissing) {
        tools.engine.log("warning", `the update may fail: ${error.message}`, subject.urn);
      }
      return { id: "", outputs: expectedOutputs(inputs) };
    }
  }

  const live = await write(apply).catch(async (error: unknown) => {
    const ending = error instanceof AlreadyExistsError ? error.live : undefined;
    if (ending?.metadata.deletionTimestamp === undefined) throw error;
    const options = waitOptions(tools, subject, object, timeoutSeconds);
    await tools.cluster.waiter.untilGone(ending, options);
    return await write(apply);
  });
  const checkpoint = { inputs, initialApiVersion: object.apiVersion, fieldManager };
  return await settle(tools, subject, live, { checkpoint, timeoutSeconds });
}

/**
 * May the update itself get past what stopped its dry run? Its kind, its namespace or the absence of its predecessor can be
 * the work of the same update; so can access rights and quota, but of those the user is to know.
 */
function willPass(error: unknown, replaces: boolean): boolean {
  if (error instanceof UnknownKindError) return true;
  if (error instanceof AlreadyExistsError) return replaces;
  return error instanceof ApiError && (error.isNamespaceMissing || error.isForbidden);
}
