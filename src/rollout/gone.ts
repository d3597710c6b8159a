/** What is said of an object that a stack's state has and its cluster has not; `slipway release` knows it by these words. */
export const goneText = "the cluster has none; pulumi up --refresh makes it";
