import { isDeepStrictEqual } from "node:util";
import { UnreadyError } from "../../rpc/errors";
import { type JsonObject, omit, type Properties, reveal } from "../../rpc/values";
import { ApiError } from "../api-error";
import { ruleFor } from "../await/rules";
import { driftedInputs } from "../drift";
import { fieldManagerOf } from "../field-managers";
import { type KubeObject, parseToken } from "../objects";
import { lastSeen, manifest, outputs, recorded, visible } from "../state";
import type { Store } from "../store";
import { referenceOf, type Result, type Subject, type Tools } from "./tools";

/** What is recorded of a resource; nothing of one that is imported. */
export interface Known {
  readonly state: Properties;
  readonly inputs: Properties;
}

/**
 * Reads the object of a resource; undefined if there is none. Inputs come back as they are live where someone else has
 * changed them. In an import all that a program could declare is taken for input. Throws `UnreadyError` where the object is
 * not ready.
 */
export async function read(
  tools: Tools,
  subject: Subject,
  id: string,
  { state, inputs }: Known,
): Promise<Result | undefined> {
  const { store, waiter } = tools.cluster;
  const imported = Object.keys(inputs).length === 0;
  const type = imported ? parseToken(subject.token) : manifest(inputs);
  const live = await store.get(referenceOf(type, id));
  if (live === undefined) return undefined;
  const former = recorded(state);
  const fieldManager = former.fieldManager ?? fieldManagerOf(subject.urn);
  const current = imported
    ? declarable(live)
    : await drifted(store, live, { state, inputs }, fieldManager);
  const checkpoint = {
    inputs: current,
    initialApiVersion: former.initialApiVersion ?? live.apiVersion,
    fieldManager,
    imported: imported || former.imported,
  };
  const result = { id, inputs: current, outputs: outputs(live, checkpoint) };
  const rule = imported ? undefined : ruleFor(manifest(inputs));
  const unready = rule === undefined ? undefined : await waiter.judge(live, rule);
  if (unready !== undefined) throw new UnreadyError({ ...result, reasons: [unready] });
  return result;
}

/** Recorded inputs as they are live now; found out by applying them again, for show. */
async function drifted(
  store: Store,
  live: KubeObject,
  { state, inputs }: Known,
  fieldManager: string,
): Promise<Properties> {
  const now = visible(live);
  if (isDeepStrictEqual(reveal(lastSeen(state)), now)) return inputs;
  const object = manifest(inputs);
  const metadata = { ...object.metadata, name: live.metadata.name };
  const silent = { note: () => undefined, warn: () => undefined };
  try {
    const options = { fieldManager, dryRun: true, force: true, ...silent };
    const again = visible(await store.apply({ ...object, metadata }, options));
    return driftedInputs(inputs, reveal(again) as JsonObject, reveal(now) as JsonObject);
  } catch (error) {
    // What can no longer be applied is for the next update to tell, not for a refresh.
    if (error instanceof ApiError) return inputs;
    throw error;
  }
}

const serverOwned = [
  "creationTimestamp",
  "deletionTimestamp",
  "generation",
  "resourceVersion",
  "selfLink",
  "uid",
];

/** All of a live object that a program could declare. */
function declarable(live: KubeObject): Properties {
  const object = omit(visible(live), "status");
  return { ...object, metadata: omit(object["metadata"] as Properties, ...serverOwned) };
}
