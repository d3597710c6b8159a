import * as pulumi from "@pulumi/pulumi";
import { PlatformComponent } from "../shared/component";
import { remotePhase, type Keys } from "../shared/machine/remote";
import { etcdSecrets, etcdSettings, type EtcdArgs } from "./etcd";
import type { EtcdPlan } from "./etcd-plan";

/** What an `EtcdBackup` is made from. */
export interface EtcdBackupArgs {
  /** Target, schedule and retention of etcd's backup. */
  spec: EtcdArgs["spec"];
  /** One phase for each control plane that takes backups. */
  plan: Pick<EtcdPlan, "phases">;
  /** Private keys of the machines, by the name of the secret that has each. */
  keys: Keys;
  /** Credentials of the repository, by the names of the stack's secrets. */
  secrets: Keys;
}

/** Sets up a timer on every control plane that backs up etcd. */
export class EtcdBackup extends PlatformComponent {
  constructor(
    name: string,
    { spec, plan, keys, secrets }: EtcdBackupArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("EtcdBackup", name, opts);
    const named = Object.fromEntries(
      etcdSecrets(spec).flatMap((each) =>
        secrets[each] === undefined ? [] : [[each, secrets[each]]],
      ),
    );
    const stdin = pulumi.secret(pulumi.all(named).apply((values) => etcdSettings(spec, values)));
    for (const planned of plan.phases) {
      remotePhase(`${name}-${planned.host.name}`, planned, keys, { ...this.child, stdin });
    }
    this.registerOutputs({ machines: plan.phases.length });
  }
}
