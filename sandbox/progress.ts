/**
 * What a long step says while it runs: what it does now and, where it is known, how far it is.
 * The command line draws it; libraries only call it.
 */
export type Progress = (message: string, fraction?: number) => void;

/** For callers that show nothing. */
export const silent: Progress = () => undefined;
