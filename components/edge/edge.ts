import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { PlatformComponent } from "../shared/component";
import { connectionTo, everything, quiet, remotePhase, type Keys } from "../shared/machine/remote";
import { phaseCommand } from "../shared/machine/script";
import { followPhase } from "./followed";
import type { EdgePlan, PlannedEdgePhase } from "./plan";
import type { ReaderPhase } from "./reader";
import { pemFile, activeHosts, type EdgeSpec } from "./spec";

/** What an `Edge` is made from. */
export interface EdgeArgs {
  /** The machines, and their backends. */
  spec: EdgeSpec;
  /** The plan, from the facts. */
  plan: EdgePlan;
  /** Private keys of the machines, and of the control plane that issues the edges' login, by the name of each secret. */
  keys: Keys;
  /** Certificates with their chains and keys, in PEM, by the host name that each is for. */
  pems: Readonly<Record<string, pulumi.Input<string>>>;
  /** Resources that the login needs: the cluster, and namespaces that the stack declares. @default nothing */
  after?: readonly pulumi.Resource[];
}

type Command = command.remote.Command;

/** Machines in front of the cluster that share one address. Each phase of a machine is a command. */
export class Edge extends PlatformComponent {
  private readonly done = new Map<string, Command>();

  constructor(
    private readonly name: string,
    private readonly args: EdgeArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("Edge", name, opts);
    const { spec, plan } = args;
    const of = (...phases: string[]) => plan.phases.filter(({ phase }) => phases.includes(phase));
    const stdin = this.certificates();
    for (const planned of of("edge-packages")) this.phase(planned);
    for (const planned of of("edge-proxy")) this.phase(planned, { stdin });
    if (plan.reader !== undefined) {
      const login = this.login(plan.reader);
      for (const planned of of(followPhase))
        this.phase(planned, { stdin: login.stdout, after: [login] });
    }
    // No machine takes the address before all can serve; one after the other, so that one always has it.
    let before = [...this.done.values()];
    for (const planned of of("edge-address", "edge-leave"))
      before = [this.phase(planned, { after: before })];
    this.registerOutputs({ machines: activeHosts(spec).length });
  }

  private phase(
    planned: PlannedEdgePhase,
    { stdin, after = [] }: { stdin?: pulumi.Output<string>; after?: Command[] } = {},
  ): Command {
    const { phase, host } = planned;
    const previous = this.done.get(host.name);
    const done = remotePhase(`${host.name}-${phase}`, planned, this.args.keys, {
      ...this.child,
      dependsOn: [...after, ...(previous === undefined ? [] : [previous])],
      ...(stdin === undefined ? {} : { stdin }),
    });
    this.done.set(host.name, done);
    return done;
  }

  /** Standard input of `followBody`; any control plane can create it, and it stays the same until a new one is created. */
  private login({ phase, host, on, body, run, why }: ReaderPhase): Command {
    const { keys, after = [] } = this.args;
    return new command.remote.Command(
      phase,
      {
        connection: connectionTo(on, keys),
        create: phaseCommand({ phase, host: host.name, body, run }),
        logging: "none",
        ...quiet,
      },
      {
        ...this.child,
        dependsOn: [...after],
        additionalSecretOutputs: ["stdout"],
        ...(why === undefined ? { ignoreChanges: everything } : {}),
      },
    );
  }

  /** Standard input of `proxyBody`: each certificate after a line with its file. */
  private certificates(): pulumi.Output<string> {
    const { spec, pems } = this.args;
    const parts = spec.certificates.flatMap(({ host }) => {
      const pem = pems[host];
      if (pem === undefined) return [];
      return pulumi.output(pem).apply((text) => `>>> ${pemFile(host)}\n${text.trimEnd()}\n`);
    });
    return pulumi.secret(pulumi.all(parts).apply((texts) => texts.join("")));
  }
}
