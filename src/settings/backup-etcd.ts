import type * as pulumi from "@pulumi/pulumi";
import { createHmac } from "node:crypto";
import { etcdSecrets, type EtcdArgs } from "../../components/backup/etcd";
import { planEtcd, type EtcdPlan } from "../../components/backup/etcd-plan";
import type { BackupSpec } from "../../components/backup/spec";
import type { FoundHosts } from "../../components/shared/machine/facts";
import type { Cluster } from "./cluster";
import type { Room } from "./room";

/** The backup of etcd as it is to be set up on the control planes. */
export interface EtcdBackupSettings {
  spec: EtcdArgs["spec"];
  plan: EtcdPlan;
  /** Private keys of the machines, and the secrets of the stack. */
  keys: Room["keys"];
  secrets: Readonly<Record<string, pulumi.Output<string>>>;
}

/** Plans it; nothing where the cluster is another's, or etcd is left out on purpose. */
export function readEtcdBackup({
  backup,
  cluster,
  machines,
  plain,
  now,
  secrets,
}: {
  backup: BackupSpec | undefined;
  cluster: Cluster | Room | undefined;
  machines: FoundHosts | undefined;
  /** The texts of the secrets; only a seal of them is kept. */
  plain: Readonly<Record<string, string>>;
  now: Date;
  secrets: EtcdBackupSettings["secrets"];
}): EtcdBackupSettings | undefined {
  if (backup?.etcd === undefined || cluster?.kind !== "hosts") return undefined;
  const { stack, password, etcd } = backup;
  const spec = { stack, password, etcd };
  const plan = planEtcd({
    ...{ spec, cluster: cluster.spec, found: machines ?? new Map(), now },
    seal: ({ ssh }) => sealOf(spec, plain, ssh.key),
  });
  return { spec, plan, keys: cluster.keys, secrets };
}

/** Changes with the secrets; without the machine's private key nobody can try what they might be. */
export function sealOf(
  spec: EtcdArgs["spec"],
  plain: Readonly<Record<string, string>>,
  key: string,
): string {
  const hash = createHmac("sha256", plain[key] ?? "");
  for (const name of etcdSecrets(spec)) hash.update(`${name}\0${plain[name] ?? ""}\0`);
  return hash.digest("hex").slice(0, 16);
}
