const [gone, changed] = ["the cluster does not have it", "somebody has changed it since"];
const again = "pulumi up --refresh";

/** The error text for an object that a stack's state has but its cluster does not; `slipway release` recognises it. */
export const goneText = (stack: string): string => `${gone}; ${again} --stack ${stack} creates it`;

/** How to recreate a deleted namespace with all its objects: an update of one project cannot. */
export const wholeAgain = (stack: string): string => `${again} --stack ${stack}`;

/** End of the error text for an object that differs from the state. */
const changedText = (stack: string): string => `${changed}; ${again} --stack ${stack} corrects it`;

/** Whether an error is about such an object, in our words or the plugin's: an update with a refresh helps. */
export const tellsOfDrift = (message: string): boolean =>
  [gone, changed].some((words) => message.includes(`${words}; ${again}`)) ||
  /unable to get cluster state: \S+ "[^"]+" not found/.test(message);

/** The metadata that shows that an object is being deleted. */
export interface DeletionMetadata {
  deletionTimestamp?: Date | string;
  /** What still blocks the deletion. */
  finalizers?: readonly string[];
}

/** The error text for an object that is being deleted, and what recreates it (`then`); undefined for all others. */
export function dyingText(
  { deletionTimestamp, finalizers = [] }: DeletionMetadata,
  then = "the same again",
): string | undefined {
  if (deletionTimestamp === undefined) return undefined;
  const since = new Date(deletionTimestamp).toISOString();
  const keeps =
    finalizers.length === 0 ? "" : `; its finalizers still keep it (${finalizers.join(", ")})`;
  return `it is being deleted since ${since}, which cannot be undone${keeps}; when it is gone, ${then} creates it again`;
}

const digestOf = (image: string): string => /sha256:[0-9a-f]{64}/.exec(image)?.[0] ?? image;

/** The compared part of a workload, declared and live. */
export interface ComparedWorkload {
  image?: string | undefined;
  /** Absent if an autoscaler controls the number. */
  replicas?: number | undefined;
}

/**
 * The error text for a workload that runs another image than it declares (by digest, because a mirror may be used), or fewer
 * pods.
 */
export function driftText(
  stack: string,
  declared: ComparedWorkload,
  live: ComparedWorkload,
): string | undefined {
  const [wanted, runs] = [declared, live].map(({ image }) => image && digestOf(image));
  if (wanted !== undefined && runs !== undefined && wanted !== runs)
    return `it runs ${runs}, declared is ${wanted}: ${changedText(stack)}`;
  const [pods, of] = [live.replicas, declared.replicas];
  if (pods === undefined || of === undefined || pods >= of) return undefined;
  return `it is scaled to ${pods} pods, declared are ${of}: ${changedText(stack)}`;
}
