import { outputsOf } from "../shared/config/secrets";
import type { DeclareArgs, Declared } from "../shared/module";
import { EtcdBackup } from "./etcd-backup";
import type { BackupTypes } from "./types";

/** Declares the backup of etcd; the projects declare those of their volumes. */
export function declareBackup({
  settings,
  plan,
  needs,
  context,
}: DeclareArgs<BackupTypes>): Declared<BackupTypes> {
  const { etcd } = plan ?? {};
  if (etcd === undefined) return { contract: settings };
  const { cluster } = needs;
  const secrets = outputsOf(context.secrets, context.secrets.names);
  const args = { spec: etcd.spec, plan: etcd, keys: cluster.keys, secrets };
  new EtcdBackup("etcd-backup", args, { dependsOn: [...cluster.ready] });
  return { contract: settings, outputs: { etcdBackup: etcd.status } };
}
