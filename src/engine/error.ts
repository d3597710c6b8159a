import { UserError } from "../../components/shared/problem";

/** How a run of the engine can fail. */
export type Ending =
  /** Something was tried and failed. */
  | "failed"
  /** The program or the engine refused before anything was changed. */
  | "refused"
  /** Another run has locked the stack, or a killed one has left its lock. */
  | "locked"
  /** The user stopped it. */
  | "interrupted";

/** A run of the engine that failed, described for a person. */
export class EngineError extends UserError {
  constructor(
    public readonly kind: Ending,
    message: string,
    /** Who holds the lock, if the backend says so. */
    public readonly holder?: Holder,
    /** For a failed run: whether it had changed anything in the stack. */
    public readonly changed = true,
  ) {
    super(message, kind === "refused" || kind === "locked" ? 2 : 1);
  }
}

/** Who holds a stack's lock, as it says itself. */
export interface Holder {
  user: string;
  host: string;
  pid: number;
  since: string;
}
