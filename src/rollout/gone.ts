/** What is said of an object that a stack's state has and its cluster has not; `slipway release` knows it by these words. */
export const goneText = "the cluster has none; pulumi up --refresh makes it";

/** Whether an error tells of such an object, by our words or the plugin's. */
export const tellsOfGone = (message: string): boolean =>
  message.includes(goneText) || /unable to get cluster state: \S+ "[^"]+" not found/.test(message);
