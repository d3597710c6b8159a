import type { ClusterSpec } from "../shared/cluster-spec";
import type { ClusterContract } from "../shared/contracts";
import type { FactsByHost } from "../shared/machine/facts";
import type { EtcdBackupPlan } from "./etcd-settings";
import type { BackupSpec } from "./spec";

/** Types of the part's phases. */
export interface BackupTypes {
  settings: { spec: BackupSpec } | undefined;
  reads: { cluster: { kind: "kubeconfig" } | { kind: "hosts"; spec: ClusterSpec } };
  plan: { etcd?: EtcdBackupPlan | undefined };
  plans: { cluster: { gathered: FactsByHost } };
  needs: { cluster: ClusterContract };
  contract: { spec: BackupSpec };
  outputs: { etcdBackup?: { newest?: string; drilled?: string } };
}
