import { type JsonObject, type Properties, reveal } from "../../rpc/values";
import {
  annotation,
  groupOf,
  isAnnotated,
  type KubeObject,
  parseToken,
  type Reference,
} from "../objects";
import { lastSeen, recorded } from "../state";
import { referenceOf, type Subject, type Tools, waitOptions } from "./tools";

/** Deletes the object of a resource and waits until it is gone. */
export async function remove(
  tools: Tools,
  subject: Subject,
  id: string,
  { state, timeoutSeconds }: { state: Properties; timeoutSeconds: number },
): Promise<void> {
  const { store, waiter } = tools.cluster;
  const seen = reveal(lastSeen(state)) as unknown as KubeObject;
  const reference = referenceOf("kind" in seen ? seen : parseToken(subject.token), id);
  const live = await store.get(reference);
  if (live === undefined) return;
  const inputs = reveal(recorded(state).inputs ?? {}) as JsonObject;
  const policy = propagationPolicy(annotation(inputs, "deletionPropagationPolicy"), reference);
  const found = await store.delete(reference, policy);
  if (!found || !waitsForDeletion(reference, isAnnotated(inputs, "skipAwait"))) return;
  await waiter.untilGone(live, waitOptions(tools, subject, inputs, timeoutSeconds));
}

/**
 * Kinds that own pods: those have to be gone before the object is, so that what comes next finds ports, volumes and quota
 * free. Of other kinds nothing is waited for, which saves the garbage collector's round. That counts most for custom resources:
 * the collector learns of a new kind only every 30 s, and when its definition is deleted meanwhile, never.
 */
const owners = new Set([
  "apps/DaemonSet",
  "apps/Deployment",
  "apps/ReplicaSet",
  "apps/StatefulSet",
  "batch/CronJob",
  "batch/Job",
  "/ReplicationController",
]);

/** Kinds whose `skipAwait` counts for the deletion as well, as in the official plugin. */
const skippable = new Set(["/Namespace", "/Pod", ...owners]);

const policies = ["Foreground", "Background", "Orphan"];

/** How dependents go: as the annotation says, else before the object where it owns something. */
export function propagationPolicy(annotated: string | undefined, reference: Reference): string {
  const chosen = policies.find((policy) => policy.toLowerCase() === annotated?.toLowerCase());
  if (chosen !== undefined) return chosen;
  const kind = `${groupOf(reference.apiVersion)}/${reference.kind}`;
  return owners.has(kind) ? "Foreground" : "Background";
}

/** Is the object to be gone before its deletion counts as done? */
export const waitsForDeletion = ({ apiVersion, kind }: Reference, skipAwait: boolean): boolean =>
  !(skipAwait && skippable.has(`${groupOf(apiVersion)}/${kind}`));
