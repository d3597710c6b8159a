import type { Holder } from "./explain";
import { UserError } from "../../components/shared/problem";

/** How a run of the engine can end other than well. */
export type Ending =
  /** Something was tried and did not succeed. */
  | "failed"
  /** The program or the engine refused before anything was touched. */
  | "refused"
  /** Another run has the stack, or a killed one has left its lock. */
  | "locked"
  /** The user stopped it. */
  | "interrupted";

/** A run of the engine that did not succeed, in words for a person. */
export class EngineError extends UserError {
  constructor(
    public readonly kind: Ending,
    message: string,
    /** Who holds the stack, where it is locked and says so. */
    public readonly holder?: Holder,
    /** Of one that has failed: whether it had changed anything of the stack by then. */
    public readonly changed = true,
  ) {
    super(message, kind === "refused" || kind === "locked" ? 2 : 1);
  }
}
