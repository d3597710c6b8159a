/**
 * Progress of a long step: what it does now and, if known, which fraction is done. The command line shows it; libraries only call
 * it.
 */
export type Progress = (message: string, fraction?: number) => void;

/** For callers that show nothing. */
export const silent: Progress = () => undefined;
