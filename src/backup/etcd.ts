import { services } from "../../components/backup/etcd";
import { etcdStatus } from "../../components/backup/etcd-status";
import type { PartOperations, Repository, Say } from "../../components/backup/spec";
import { isKnown, type FactsByHost } from "../../components/shared/machine/facts";
import { UserError } from "../../components/shared/problem";
import { quote, script } from "../../components/shared/shell";
import { connect, execute } from "../../components/shared/ssh";
import { restoreOperations } from "./etcd-restore";
import { failure } from "./explain";
import type { Keyring } from "./repository";
import { activeHosts, type ClusterSpec, type HostSpec } from "../../components/shared/cluster-spec";
import { lookAtHosts } from "../../components/shared/machine/look";

/** The machines that etcd is on, and what opens them. */
export interface EtcdRoom {
  cluster: ClusterSpec;
  repository: Repository;
  keyring: Keyring;
}

/** etcd is backed up, drilled and restored where it is: by a command of its control planes. */
export function etcdOperations(room: EtcdRoom): PartOperations {
  return {
    run: async (say) => {
      await follow(room, await living(room), services.run, say);
    },
    drill: async (say) => {
      const output = await follow(room, await living(room), services.drill, say);
      const proof =
        output
          .filter((line) => line.startsWith("done: "))
          .at(-1)
          ?.slice(6) ?? "";
      return { proof };
    },
    warnings: async () =>
      etcdStatus({
        planes: activeHosts(room.cluster, "control-plane").map(({ name }) => name),
        gathered: await lookAtPlanes(room),
        schedule: room.repository.spec.schedule,
        now: new Date(),
      }).warnings,
    ...restoreOperations(room),
  };
}

/** What the control planes are found to be. */
export const lookAtPlanes = ({ cluster, keyring }: EtcdRoom): Promise<FactsByHost> =>
  lookAtHosts(
    cluster.hosts.filter(({ role }) => role === "control-plane"),
    keyring.secrets,
  );

/** A control plane whose etcd answers. */
async function living(room: EtcdRoom): Promise<HostSpec> {
  const gathered = await lookAtPlanes(room);
  const planes = activeHosts(room.cluster, "control-plane");
  const host = planes.find(({ name }) => {
    const facts = gathered.get(name);
    return isKnown(facts) && facts.cluster !== undefined;
  });
  if (host !== undefined) return host;
  const silent = planes.map(({ name }) => {
    const facts = gathered.get(name);
    return `  ${name}: ${facts === undefined || isKnown(facts) ? "no API server answers on it" : facts.unreachable}`;
  });
  throw new UserError(
    [
      `${room.repository.path}: nothing was done, for no control plane answers`,
      ...silent,
      `  fix:  start the machines that are down; if they are gone for good: slipway backup restore etcd --in-place --stack ${room.keyring.stack}`,
    ].join("\n"),
    2,
  );
}

/** Starts a service of a machine, as its timer does, and shows what it says until it ends; returns its lines. */
async function follow(
  room: EtcdRoom,
  host: HostSpec,
  service: string,
  say: Say,
): Promise<string[]> {
  say(`${host.name}: ${service}`);
  const text = script("src/backup/follow.sh", { UNIT: `${service}.service` });
  const command = `sudo -n sh -c ${quote(text)}`;
  const { code, lines } = await onMachine(room, host, { command }, say);
  if (code === 0) return lines;
  const operation = service === services.run ? "the backup" : "the drill";
  throw failure(
    room.repository,
    room.keyring.stack,
    `${operation} on ${host.name}`,
    lines.join("\n"),
  );
}

/** What is run on a machine; secrets come by standard input. */
export interface RemoteCommand {
  command: string;
  stdin?: string;
}

/** Runs a command on a machine, and says each line that it prints. */
export async function onMachine(
  { keyring }: Pick<EtcdRoom, "keyring">,
  { name, address, ssh, hostKey }: HostSpec,
  { command, stdin }: RemoteCommand,
  say: Say,
): Promise<{ code: number; lines: string[] }> {
  const login = { host: address, port: ssh.port, user: ssh.user, hostKey };
  const client = await connect({ ...login, privateKey: keyring.secrets[ssh.key] ?? "" });
  const lines: string[] = [];
  let rest = "";
  const onOutput = (_stream: string, chunk: Buffer): void => {
    const parts = (rest + chunk.toString()).split("\n");
    rest = parts.pop() ?? "";
    // What systemd itself says of a service is not what the service says.
    for (const line of parts.filter(
      (each) => each !== "" && !/\.service|^(Starting|Finished) /.test(each),
    )) {
      lines.push(line);
      if (!line.startsWith("{")) say(`${name}: ${line}`);
    }
  };
  try {
    const { code } = await execute(client, login, command, {
      onOutput,
      ...(stdin === undefined ? {} : { stdin }),
    });
    return { code, lines: rest === "" ? lines : [...lines, rest] };
  } finally {
    client.end();
  }
}
