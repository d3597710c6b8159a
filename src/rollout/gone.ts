/** What is said of an object that a stack's state has and its cluster has not; `slipway release` knows it by these words. */
export const goneText = "the cluster has none; pulumi up --refresh makes it";

/** Whether an error tells of such an object, by our words or the plugin's. */
export const tellsOfGone = (message: string): boolean =>
  message.includes(goneText) || /unable to get cluster state: \S+ "[^"]+" not found/.test(message);

/** What of an object's metadata tells that somebody has told the API server to delete it. */
export interface Ending {
  deletionTimestamp?: Date | string;
  /** What still keeps it there. */
  finalizers?: readonly string[];
}

/** What is said of an object that is being deleted; undefined of all others. */
export function dyingText({ deletionTimestamp, finalizers = [] }: Ending): string | undefined {
  if (deletionTimestamp === undefined) return undefined;
  const since = new Date(deletionTimestamp).toISOString();
  const keeps =
    finalizers.length === 0 ? "" : `; its finalizers still keep it (${finalizers.join(", ")})`;
  return `it is being deleted since ${since}, which cannot be taken back${keeps}; when it has gone, the same again makes it anew`;
}
