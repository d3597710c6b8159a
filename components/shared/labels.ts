import { labelValue } from "./names";

/** What a set of pods is found by. Immutable on a Deployment, so nothing that ever changes is in it. */
export const selectorLabels = (name: string): Record<string, string> => ({ app: name });

/** What one of a project's two Deployments is found by. */
export const slotLabels = (name: string, slot: string): Record<string, string> => ({
  ...selectorLabels(name),
  "slipway/slot": slot,
});

/** What the objects of one thing carry besides the selector. */
export interface LabelArgs {
  /** Kubernetes name of the thing. */
  name: string;
  /** System it belongs to, e.g. `sjzy`. */
  system: string;
  /** Role in the system, e.g. `front`. */
  component: string;
  /** Its name in Gitea, for those who look for it by that. @default none: it belongs to no one project */
  project?: string;
}

/** Labels of every object, by the recommended keys (https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/). */
export function objectLabels({
  name,
  system,
  component,
  project,
}: LabelArgs): Record<string, string> {
  return {
    ...selectorLabels(name),
    "app.kubernetes.io/name": name,
    "app.kubernetes.io/part-of": system,
    "app.kubernetes.io/component": component,
    [managedLabel]: "slipway",
    ...(project === undefined ? {} : { "slipway/project": labelValue(project) }),
  };
}

/** Label that tells who manages an object. */
export const managedLabel = "app.kubernetes.io/managed-by";

/** Selector of what Slipway manages. */
export const managedHere = `${managedLabel}=slipway`;

/** Label of the note that a project which was taken out leaves. */
export const removedLabel = "slipway/removed";

/** Label of what several stacks of a cluster might declare: the namespace of the projects of the one that does. */
export const ownerLabel = "slipway/stack";
