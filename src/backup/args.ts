import type { BackupSpec } from "../../components/backup/spec";
import type { Session } from "../engine/session";
import type { Keyring } from "./repository";
import type { ClusterSpec } from "../../components/shared/cluster-spec";

/** What the parts of a stack are created from. */
export interface PartsArgs {
  session: Session;
  spec: BackupSpec;
  keyring: Keyring;
  /** The cluster that the stack creates; absent if the cluster is someone else's. */
  cluster?: ClusterSpec | undefined;
}
