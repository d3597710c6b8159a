import { createHmac } from "node:crypto";
import type { ClusterSpec } from "../shared/cluster-spec";
import { textsOf, type Secrets } from "../shared/config/secrets";
import type { FactsByHost } from "../shared/machine/facts";
import { etcdSecrets, type EtcdArgs } from "./etcd";
import { planEtcd, type EtcdPlan } from "./etcd-plan";
import type { BackupSpec } from "./spec";

/** The planned backup of etcd on the control planes. */
export interface EtcdBackupPlan extends EtcdPlan {
  spec: EtcdArgs["spec"];
}

/** Plans it; undefined where etcd is left out on purpose. */
export function planEtcdBackup(
  backup: BackupSpec,
  cluster: ClusterSpec,
  { secrets, now, gathered }: { secrets: Secrets; now: Date; gathered: FactsByHost },
): EtcdBackupPlan | undefined {
  const { stack, password, etcd } = backup;
  if (etcd === undefined) return undefined;
  const spec = { stack, password, etcd };
  // The values of the secrets; only a keyed hash of them is kept.
  const texts = textsOf(secrets);
  const seal = ({ ssh }: { ssh: { key: string } }): string => sealOf(spec, texts, ssh.key);
  return { spec, ...planEtcd({ spec, cluster, gathered, now, seal }) };
}

/** An HMAC of the secrets; its key is the machine's private key, so nobody can guess them by trial. */
export function sealOf(
  spec: EtcdArgs["spec"],
  plain: Readonly<Record<string, string>>,
  key: string,
): string {
  const hash = createHmac("sha256", plain[key] ?? "");
  for (const name of etcdSecrets(spec)) hash.update(`${name}\0${plain[name] ?? ""}\0`);
  return hash.digest("hex").slice(0, 16);
}
