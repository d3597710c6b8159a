import * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import type { Machine } from "./machine";
import type { MachinePhase } from "./phase";
import { phaseCommand } from "./script";

/** Private keys of the machines, by the name of the secret that has each. */
export type Keys = Readonly<Record<string, pulumi.Input<string>>>;

/** What a phase is declared with. */
export interface PhaseOptions extends pulumi.CustomResourceOptions {
  /** What the phase reads; secrets come by it and by nothing else. */
  stdin?: pulumi.Input<string>;
}

/** What must not be looked at of a phase that has nothing to do: a machine that is down is not asked to repeat it. */
export const everything = ["connection", "create", "stdin"];

/** Of what a phase printed before nothing is handed to its next run: an SSH server takes no such variables. */
export const quiet = { addPreviousOutputInEnv: false };

/** A phase of a machine as a resource: it runs when its plan says why, and never because a file was sorted anew. */
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
