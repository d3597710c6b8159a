import { etcdSettings } from "../../components/backup/etcd";
import { planEtcd } from "../../components/backup/etcd-plan";
import { command } from "../../components/backup/etcd-script";
import type { PartOperations, Say } from "../../components/backup/spec";
import { planCluster } from "../../components/cluster/plan";
import { isKnown, type FactsByHost, type HostFacts } from "../../components/shared/machine/facts";
import type { MachinePhase } from "../../components/shared/machine/phase";
import { phaseCommand } from "../../components/shared/machine/script";
import { UserError } from "../../components/shared/problem";
import { quote } from "../../components/shared/shell";
import { sealOf } from "../../components/backup/etcd-settings";
import { failure } from "./explain";
import type { ClusterSpec, HostSpec } from "../../components/shared/cluster-spec";
import { lookAtPlanes, onMachine, type EtcdRoom, type RemoteCommand } from "./etcd-machines";

/** Stands for the data of the remaining control plane, in place of a snapshot's id. */
export const here = "here";

/** The plan of a restore of etcd. */
export interface Comeback {
  /** The control planes that may start a new cluster; of several, the one whose etcd has the latest revision. */
  candidates: readonly HostSpec[];
  /** Whether it starts from its own data. */
  here: boolean;
  /** All that remain; each that does not start the new cluster must drop its data. */
  left: readonly HostSpec[];
}

/** Decides which control plane starts anew, and from what; throws if a restore would be wrong. Pure. */
export function comeback(
  { hosts }: Pick<ClusterSpec, "hosts">,
  gathered: FactsByHost,
  wanted: string | undefined,
): Comeback {
  const planes = hosts.filter(({ role }) => role === "control-plane");
  const facts = (host: HostSpec): HostFacts | undefined => {
    const known = gathered.get(host.name);
    return isKnown(known) ? known : undefined;
  };
  const names = (some: readonly HostSpec[]): string => some.map(({ name }) => name).join(", ");
  const answering = planes.filter((host) => facts(host)?.cluster !== undefined);
  if (answering.length > 0) {
    throw refuse(
      `the cluster answers on ${names(answering)}: a majority of etcd lives`,
      "there is nothing to restore; `pulumi up` brings back a missing machine",
    );
  }
  const silent = planes.filter((host) => !host.absent && facts(host) === undefined);
  if (silent.length > 0) {
    throw refuse(
      `${names(silent)} cannot be reached: etcd may still run there`,
      "switch them on; for those that are gone for good, write the new machine's hostKey into the settings, or `absent: true`",
    );
  }
  const left = planes.filter((host) => facts(host)?.joined === true);
  if (left.length * 2 > planes.length) {
    throw refuse(
      `${names(left)} have etcd's data and are a majority of ${planes.length}: they recover by themselves`,
      "look at their logs: journalctl -u kubelet -u containerd; if their data is beyond repair: kubeadm reset on each, then again",
    );
  }
  const begun = planes.find((host) => facts(host)?.marks["restore"] !== undefined);
  const on = left[0] ?? begun ?? planes.find((host) => !host.absent);
  if (on === undefined) throw refuse("there is no control plane", "name one in slipway:cluster");
  if (wanted === here && left.length === 0) {
    throw refuse("no control plane has data of its own", "leave out --snapshot, or give one's id");
  }
  const byItself = left.length > 0 && (wanted === undefined || wanted === here);
  return { candidates: byItself ? left : [on], here: byItself, left };
}

const refuse = (why: string, fix: string): UserError =>
  new UserError(`etcd is not restored: ${why}\n  fix:  ${fix}`, 2);

/** The restore function of a part. */
export function restoreOperations(
  room: EtcdRoom,
): Required<Pick<PartOperations, "prepareInPlace" | "restoreInPlace">> {
  const decide = async (wanted: string | undefined) => {
    const gathered = await lookAtPlanes(room);
    return { gathered, ...comeback(room.cluster, gathered, wanted) };
  };
  return {
    prepareInPlace: async (wanted) => {
      const { candidates, here: byItself, left } = await decide(wanted);
      const from = byItself ? "its own data" : "the backup";
      const [only, ...more] = candidates.map(({ name }) => name);
      const who =
        more.length === 0
          ? only
          : `the one of ${[only, ...more].join(", ")} with the latest revision`;
      const others = left.filter((host) => more.length > 0 || host.name !== only);
      return {
        ...(byItself ? { snapshot: here } : {}),
        consequences: [
          `${who} becomes the only member of etcd, with ${from}; the others join it by the next \`pulumi up\``,
          ...others.map(
            ({ name }) =>
              `${name} drops its data (kubeadm reset)${more.length === 0 ? "" : ", unless it is that one"}`,
          ),
          "lost control planes must never come back with their old disks",
        ],
      };
    },
    restoreInPlace: async (snapshot, say) => {
      const { candidates, left, gathered } = await decide(snapshot);
      const on = await furthest(room, candidates, gathered, say);
      const others = left.filter((host) => host !== on);
      for (const other of others) {
        await must(
          room,
          other,
          { operation: "kubeadm reset", command: "sudo -n kubeadm reset --force" },
          say,
        );
      }
      await prepare(room, on, gathered, say);
      const words = [command, "restore", snapshot, ...others.map(({ name }) => name)];
      const text = `sudo -n ${words.map(quote).join(" ")}`;
      await must(room, on, { operation: "restoring", command: text }, say);
      say(`next: pulumi up --stack ${room.keyring.stack}`);
    },
  };
}

/** Of several with data, the one whose etcd has the latest revision: only that one may have the last acknowledged write. */
async function furthest(
  room: EtcdRoom,
  candidates: Comeback["candidates"],
  gathered: FactsByHost,
  say: Say,
): Promise<HostSpec> {
  const [first, ...more] = candidates;
  if (first === undefined) throw new Error("no control plane can start a new etcd");
  if (more.length === 0) return first;
  let best = { host: first, revision: -1 };
  for (const host of candidates) {
    await prepare(room, host, gathered, say);
    const remote = { operation: "reading what is there", command: `sudo -n ${command} revision` };
    const lines = await must(room, host, remote, say);
    const revision = Number(/^revision (\d+)$/m.exec(lines.join("\n"))?.[1] ?? NaN);
    if (revision > best.revision) best = { host, revision };
  }
  return best.host;
}

/** Sets up a machine as far as the restore needs it; the next update finds that done. */
async function prepare(
  room: EtcdRoom,
  on: HostSpec,
  gathered: FactsByHost,
  say: Say,
): Promise<void> {
  const { cluster, keyring, repository } = room;
  const { stack, password, secrets } = keyring;
  const spec = { stack, password, etcd: repository.spec };
  const seal = ({ ssh }: HostSpec): string => sealOf(spec, secrets, ssh.key);
  const { phases } = planEtcd({ spec, cluster, gathered, seal, now: new Date() });
  const needed = ["packages", "system", "runtime"];
  const due: MachinePhase[] = [
    ...planCluster(cluster, gathered).phases.filter(({ phase }) => needed.includes(phase)),
    ...phases,
  ].filter(({ host, why }) => host.name === on.name && why !== undefined);
  for (const { phase, host, body, mark } of due) {
    say(`${on.name}: ${phase}`);
    const text = phaseCommand({ phase, host: host.name, body, mark });
    const stdin = phase === "backup" ? etcdSettings(spec, secrets) : "";
    await must(room, on, { operation: phase, command: text, stdin }, say);
  }
}

async function must(
  room: EtcdRoom,
  host: HostSpec,
  { operation, ...remote }: RemoteCommand & { operation: string },
  say: Say,
): Promise<string[]> {
  const { code, lines } = await onMachine(room, host, remote, say);
  if (code !== 0)
    throw failure(
      room.repository,
      room.keyring.stack,
      `${operation} on ${host.name}`,
      lines.join("\n"),
    );
  return lines;
}
