import * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import type { Machine } from "./machine";
import type { MachinePhase } from "./phase";
import { phaseCommand } from "./script";

/** Private keys of the machines, by the name of the secret that has each. */
export type Keys = Readonly<Record<string, pulumi.Input<string>>>;

/** Options of a phase's resource. */
export interface PhaseOptions extends pulumi.CustomResourceOptions {
  /** Standard input of the phase; the only channel for secrets. */
  stdin?: pulumi.Input<string>;
}

/** `ignoreChanges` of a phase that need not run, so a machine that is down is not contacted. */
export const everything = ["connection", "create", "stdin"];

/** The output of a phase's last run is not passed to the next one: an SSH server accepts no such variables. */
export const quiet = { addPreviousOutputInEnv: false };

/** A phase of a machine as a resource: it runs when its plan has a reason, and never because a file was reordered. */
export function remotePhase(
  name: string,
  planned: MachinePhase,
  keys: Keys,
  { stdin, ...options }: PhaseOptions,
): command.remote.Command {
  const { phase, host, on, body, mark, run, why } = planned;
  return new command.remote.Command(
    name,
    {
      connection: connectionTo(on, keys),
      create: phaseCommand({ phase, host: host.name, body, mark, run }),
      ...quiet,
      ...(stdin === undefined ? {} : { stdin }),
    },
    { ...options, ...(why === undefined ? { ignoreChanges: everything } : {}) },
  );
}

/** How a command reaches a machine; its host key is always checked. */
export function connectionTo(
  { address, ssh, hostKey }: Machine,
  keys: Keys,
): command.types.input.remote.ConnectionArgs {
  return {
    host: address,
    port: ssh.port,
    user: ssh.user,
    privateKey: keys[ssh.key],
    hostKey,
    dialErrorLimit: 10,
    perDialTimeout: 15,
  };
}
