import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { PlatformComponent } from "../shared/component";
import { kubeconfigBody, ticketBody } from "./membership";
import { ofTheCluster, type PlannedPhase } from "./context";
import type { ClusterPlan } from "./plan";
import { connectionTo, everything, quiet, remotePhase, type Keys } from "../shared/machine/remote";
import { phaseCommand } from "../shared/machine/script";
import { activeHosts, type ClusterSpec, type HostSpec } from "../shared/cluster-spec";

/** What a `Cluster` is made from. */
export interface ClusterArgs {
  /** The machines, and the cluster that they are to be. */
  spec: ClusterSpec;
  /** What has to be done, by what was found on the machines. */
  plan: ClusterPlan;
  /** Private keys, by the name of the secret that has each. */
  keys: Keys;
}

type Command = command.remote.Command;

/**
 * A cluster made by kubeadm over SSH. Each phase of a machine is a command, named after both; it runs when the facts say that
 * it must, and never because a file was sorted anew. No command undoes anything when it is no longer declared.
 */
export class Cluster extends PlatformComponent {
  /** Of an administrator; secret. */
  public readonly kubeconfig: pulumi.Output<string>;
  private readonly done = new Map<string, Command>();
  private readonly renewed: Command[] = [];

  constructor(
    private readonly name: string,
    private readonly args: ClusterArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("Cluster", name, opts);
    const { spec, plan } = args;
    const { primaryControlPlane } = plan;
    if (primaryControlPlane === undefined)
      throw new pulumi.RunError(`${name} has no control plane`);
    // Each waits for the one before it of its machine, and for those of other machines that come first.
    const prepared = plan.phases.filter(
      ({ phase }) => !["join", "labels", "forget", "reset"].includes(phase),
    );
    for (const planned of prepared) this.phase(planned);
    const ticket = this.ticket(primaryControlPlane);
    for (const planned of plan.phases.filter(isDead)) this.phase(planned);
    let before: Command | undefined;
    for (const planned of plan.phases.filter(({ phase }) => phase === "join")) {
      const plane = planned.host.role === "control-plane";
      // etcd takes one new member at a time.
      const joined = this.phase(planned, { ticket, after: plane && before ? [before] : [] });
      if (plane) before = joined;
    }
    const members = [...this.done.values()];
    const last = plan.phases.filter(
      (planned) => planned.phase === "labels" || (planned.host.absent && !isDead(planned)),
    );
    for (const planned of last) this.phase(planned, { after: members });
    for (const step of plan.operations) {
      const before = [...this.done.values()];
      for (const planned of step) this.phase(planned, { after: before });
    }
    this.kubeconfig = this.readKubeconfig(primaryControlPlane, [...members, ...this.renewed]);
    this.registerOutputs({ machines: activeHosts(spec).length });
  }

  private phase(
    planned: PlannedPhase,
    { ticket, after = [] }: { ticket?: Command; after?: Command[] } = {},
  ): Command {
    const { phase, host } = planned;
    const name = ofTheCluster.includes(phase) ? phase : `${host.name}-${phase}`;
    const previous = this.done.get(host.name);
    const dependsOn = [...after, ...(previous ? [previous] : []), ...(ticket ? [ticket] : [])];
    const done = remotePhase(`${this.name}-${name}`, planned, this.args.keys, {
      ...this.child,
      dependsOn,
      ...(ticket === undefined ? {} : { stdin: ticket.stdout }),
      ...(phase === "pod-network" ? { stdin: this.manifests } : {}),
    });
    this.done.set(host.name, done);
    if (phase === "renew") this.renewed.push(done);
    return done;
  }

  private get manifests(): string {
    const { podNetwork } = this.args.spec;
    return podNetwork === "routes" ? "" : podNetwork.manifests;
  }

  /** What lets machines join; it is asked for when somebody wants in, and ends by itself. */
  private ticket(primaryControlPlane: HostSpec): Command {
    const { spec, plan, keys } = this.args;
    const before = [...this.done.values()];
    return new command.remote.Command(
      `${this.name}-ticket`,
      {
        connection: connectionTo(primaryControlPlane, keys),
        create: phaseCommand({
          phase: "ticket",
          host: this.name,
          body: ticketBody(spec),
          run: plan.joining,
        }),
        logging: "none",
        ...quiet,
      },
      {
        ...this.child,
        dependsOn: before,
        additionalSecretOutputs: ["stdout"],
        ...(plan.joining === undefined ? { ignoreChanges: everything } : {}),
      },
    );
  }

  private readKubeconfig(primaryControlPlane: HostSpec, after: Command[]): pulumi.Output<string> {
    const { spec, plan, keys } = this.args;
    const renewing = plan.operations.flat().some(({ phase, why }) => phase === "renew" && why);
    const { stdout } = new command.remote.Command(
      `${this.name}-kubeconfig`,
      {
        connection: connectionTo(primaryControlPlane, keys),
        create: phaseCommand({
          phase: "kubeconfig",
          host: this.name,
          body: kubeconfigBody(spec),
          ...(plan.renewals === 0 ? {} : { run: `after ${plan.renewals} renewals` }),
        }),
        logging: "none",
        ...quiet,
      },
      {
        ...this.child,
        dependsOn: after,
        additionalSecretOutputs: ["stdout"],
        // Any control plane has it, and it stays the same until certificates are made anew.
        ignoreChanges: renewing ? [] : plan.renewals === 0 ? everything : ["connection"],
      },
    );
    return pulumi.secret(stdout);
  }
}

/** The taking out of a machine that is dead, before another comes: kubeadm lets nobody in beside a silent member of etcd. */
const isDead = ({ phase, dead }: PlannedPhase): boolean => phase === "forget" && dead === true;
