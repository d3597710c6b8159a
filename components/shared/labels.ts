import { labelValue } from "./names";

/** Selector of a set of pods. It is immutable on a Deployment, so it holds only values that never change. */
export const selectorLabels = (name: string): Record<string, string> => ({ app: name });

/** Selector of one of a project's two Deployments. */
export const slotLabels = (name: string, slot: string): Record<string, string> => ({
  ...selectorLabels(name),
  "slipway/slot": slot,
});

/** Values of the recommended labels. */
export interface LabelArgs {
  /** Kubernetes name of the application. */
  name: string;
  /** System it belongs to, e.g. `sjzy`. */
  system: string;
  /** Role in the system, e.g. `front`. */
  component: string;
  /** Its name in Gitea. @default none: it belongs to no one project */
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

/** Label with the manager of an object. */
export const managedLabel = "app.kubernetes.io/managed-by";

/** Selector of the objects that Slipway manages. */
export const managedHere = `${managedLabel}=slipway`;

/** Label of a removed project's ConfigMap. */
export const removedLabel = "slipway/removed";

/** Label of objects that several stacks of a cluster could declare: the projects' namespace of the stack that owns them. */
export const ownerLabel = "slipway/stack";
