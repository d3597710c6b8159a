import type { KubeObject } from "../objects";

/** Whether an object does what it is there for. */
export type Verdict =
  | { readonly state: "ready" }
  /** Not yet; the message says how far it is. */
  | { readonly state: "waiting"; readonly message: string }
  /** Not any more without a change; the message says why. */
  | { readonly state: "failed"; readonly message: string };

/** Other objects that a verdict depends on. */
export interface Related {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  /** Name of the object, or value of `label`. */
  readonly key: string;
  readonly label?: string;
}

/** When objects of a kind are ready. Judging looks at nothing but what it is given. */
export interface Rule {
  readonly related?: (object: KubeObject) => Related | undefined;
  judge(object: KubeObject, related: readonly KubeObject[]): Verdict;
}

/** It does what it is there for. */
export const ready: Verdict = { state: "ready" };
/** Not yet. */
export const waiting = (message: string): Verdict => ({ state: "waiting", message });
/** Never, as it stands. */
export const failed = (message: string): Verdict => ({ state: "failed", message });

/** One entry of `status.conditions`. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** The condition of a type that holds. */
export const holding = (
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined =>
  conditions?.find((condition) => condition.type === type && condition.status === "True");

/** Has the controller taken note of the last change of the object? */
export const isObserved = (object: KubeObject): boolean => {
  const { observedGeneration = 0 } = (object["status"] ?? {}) as { observedGeneration?: number };
  return observedGeneration >= (object.metadata.generation ?? 0);
};

/** What to say until then. */
export const unobserved = waiting("its controller has not taken note of it yet");
