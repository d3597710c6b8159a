import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { PlatformComponent } from "../shared/component";
import { kubeconfigBody, ticketBody } from "./membership";
import { ofTheCluster, type PlannedClusterPhase } from "./context";
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
  /** What was declared last of each machine, by its name: its next phase waits for that. */
  private readonly done = new Map<string, Command>();

  constructor(
    private readonly name: string,
    private readonly args: ClusterArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("Cluster", name, opts);
    const { spec, plan } = args;
    const speaker = speakerOf(name, plan);
    const { prepare, replace, join, settle } = inTurn(plan.phases);

    this.prepareMachines(prepare);
    const ticket = this.issueTicket(speaker);
    const removed = this.removeReplaced(replace);
    this.joinMachines(join, ticket, removed);
    const members = this.standing();
    this.settleMembers(settle, members);
    const renewed = this.maintain(plan.operations);
    this.kubeconfig = this.readKubeconfig(speaker, [...members, ...renewed]);
    this.registerOutputs({ machines: activeHosts(spec).length });
  }

  /** Every machine up to where it can join; the first control plane up to where it is the cluster. */
  private prepareMachines(phases: readonly PlannedClusterPhase[]): void {
    for (const planned of phases) this.phase(planned);
  }

  /** What lets machines join; it is asked for when somebody wants in, and ends by itself. */
  private issueTicket(speaker: HostSpec): Command {
    const { spec, plan } = this.args;
    return this.ask(
      "ticket",
      speaker,
      { body: ticketBody(spec), run: plan.joining },
      {
        dependsOn: this.standing(),
        ...(plan.joining === undefined ? { ignoreChanges: everything } : {}),
      },
    );
  }

  /** A dead machine leaves before a control plane joins: kubeadm lets nobody in beside a silent member of etcd. */
  private removeReplaced(phases: readonly PlannedClusterPhase[]): Command[] {
    return phases.map((planned) => this.phase(planned));
  }

  /** Workers join side by side, control planes one after the other: etcd takes one new member at a time. */
  private joinMachines(
    phases: readonly PlannedClusterPhase[],
    ticket: Command,
    removed: readonly Command[],
  ): void {
    let before = removed;
    for (const planned of phases) {
      const plane = planned.host.role === "control-plane";
      const joined = this.phase(planned, { ticket, after: plane ? before : [] });
      if (plane) before = [joined];
    }
  }

  /** Nodes get their labels, and living machines leave, once all who join have joined. */
  private settleMembers(phases: readonly PlannedClusterPhase[], members: readonly Command[]): void {
    for (const planned of phases) this.phase(planned, { after: members });
  }

  /** Upkeep, step by step; returns what has made certificates anew. */
  private maintain(steps: ClusterPlan["operations"]): Command[] {
    return steps.flatMap((step) => {
      const after = this.standing();
      const commands = step.map((planned) => this.phase(planned, { after }));
      return commands.filter((_, index) => step[index]?.phase === "renew");
    });
  }

  /** Any control plane has it, and it stays the same until certificates are made anew. */
  private readKubeconfig(speaker: HostSpec, dependsOn: readonly Command[]): pulumi.Output<string> {
    const { spec, plan } = this.args;
    const run = plan.renewals === 0 ? undefined : `after ${plan.renewals} renewals`;
    const { stdout } = this.ask(
      "kubeconfig",
      speaker,
      { body: kubeconfigBody(spec), run },
      { dependsOn: [...dependsOn], ignoreChanges: lastingOf(plan) },
    );
    return pulumi.secret(stdout);
  }

  /** Declares a phase: it waits for the one before it of its machine, for its ticket, and for what is given. */
  private phase(
    planned: PlannedClusterPhase,
    { ticket, after = [] }: { ticket?: Command; after?: readonly Command[] } = {},
  ): Command {
    const { host } = planned;
    const previous = this.done.get(host.name);
    const stdin = ticket?.stdout ?? manifestsFor(planned, this.args.spec);
    const done = remotePhase(`${this.name}-${titleOf(planned)}`, planned, this.args.keys, {
      ...this.child,
      dependsOn: [...after, ...(previous ? [previous] : []), ...(ticket ? [ticket] : [])],
      ...(stdin === undefined ? {} : { stdin }),
    });
    this.done.set(host.name, done);
    return done;
  }

  /** Asks a control plane for something secret. */
  private ask(
    phase: string,
    of: HostSpec,
    script: { body: string; run: string | undefined },
    options: pulumi.CustomResourceOptions,
  ): Command {
    return new command.remote.Command(
      `${this.name}-${phase}`,
      {
        connection: connectionTo(of, this.args.keys),
        create: phaseCommand({ phase, host: this.name, ...script }),
        logging: "none",
        ...quiet,
      },
      { ...this.child, ...options, additionalSecretOutputs: ["stdout"] },
    );
  }

  /** The last phase of each machine, as far as they are declared. */
  private standing(): Command[] {
    return [...this.done.values()];
  }
}

/** The control plane that speaks for the cluster. */
function speakerOf(name: string, { primaryControlPlane }: ClusterPlan): HostSpec {
  if (primaryControlPlane !== undefined) return primaryControlPlane;
  throw new pulumi.RunError(`${name} has no control plane`);
}

/** The phases of all machines by the turn they come in; each turn waits for those before it. */
function inTurn(phases: readonly PlannedClusterPhase[]) {
  const of = (turn: Turn) => phases.filter((planned) => turnOf(planned) === turn);
  return {
    prepare: of("prepare"),
    replace: of("replace"),
    join: of("join"),
    settle: of("settle"),
  };
}

type Turn = "prepare" | "replace" | "join" | "settle";

function turnOf({ phase, dead }: PlannedClusterPhase): Turn {
  if (phase === "join") return "join";
  if (phase === "forget") return dead === true ? "replace" : "settle";
  return phase === "labels" || phase === "reset" ? "settle" : "prepare";
}

/** What a phase is called: after its machine, unless it is about no one machine. */
const titleOf = ({ phase, host }: PlannedClusterPhase): string =>
  ofTheCluster.includes(phase) ? phase : `${host.name}-${phase}`;

/** What the phase of the pods' network reads; undefined for every other phase. */
function manifestsFor(
  { phase }: PlannedClusterPhase,
  { podNetwork }: ClusterSpec,
): string | undefined {
  if (phase !== "pod-network") return undefined;
  return podNetwork === "routes" ? "" : podNetwork.manifests;
}

/** What of the command for the kubeconfig must not count as a change: all of it, until certificates are made anew. */
function lastingOf({ operations, renewals }: ClusterPlan): string[] {
  const renewing = operations.flat().some(({ phase, why }) => phase === "renew" && why);
  if (renewing) return [];
  return renewals === 0 ? everything : ["connection"];
}
