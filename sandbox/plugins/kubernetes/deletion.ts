import { groupOf, type Reference } from "./objects";

/**
 * Kinds that own pods or volumes: those have to be gone before the object is, so that what comes next finds ports, names
 * and quota free. Of all others nothing is waited for, which saves the garbage collector's round.
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

const policies = ["Foreground", "Background", "Orphan"];

/** Groups of Kubernetes itself; custom resources may own anything. */
const builtIn = new Set(["", "apps", "batch", "autoscaling", "policy"]);

/** Kinds whose `skipAwait` counts for the deletion as well, as in the official plugin. */
const skippable = new Set(["/Namespace", "/Pod", ...owners]);

/** How dependents go: as the annotation says, else before the object where it owns something. */
export function propagationPolicy(annotated: string | undefined, reference: Reference): string {
  const chosen = policies.find((policy) => policy.toLowerCase() === annotated?.toLowerCase());
  if (chosen !== undefined) return chosen;
  const group = groupOf(reference.apiVersion);
  const ours = builtIn.has(group) || group.endsWith(".k8s.io");
  return ours && !owners.has(`${group}/${reference.kind}`) ? "Background" : "Foreground";
}

/** Is the object to be gone before its deletion counts as done? */
export const waitsForDeletion = ({ apiVersion, kind }: Reference, skipAwait: boolean): boolean =>
  !(skipAwait && skippable.has(`${groupOf(apiVersion)}/${kind}`));
