import type { Repository, Say } from "../../components/backup/spec";
import type { FactsByHost } from "../../components/shared/machine/facts";
import { connect, execute } from "../../components/shared/ssh";
import type { Keyring } from "./repository";
import type { ClusterSpec, HostSpec } from "../../components/shared/cluster-spec";
import { lookAtHosts } from "../../components/shared/machine/look";

/** The machines that run etcd, and how to reach them. */
export interface EtcdRoom {
  cluster: ClusterSpec;
  repository: Repository;
  keyring: Keyring;
}

/** The facts of the control planes. */
export const lookAtPlanes = ({ cluster, keyring }: EtcdRoom): Promise<FactsByHost> =>
  lookAtHosts(
    cluster.hosts.filter(({ role }) => role === "control-plane"),
    keyring.secrets,
  );

/** A command for a machine; secrets go to its standard input. */
export interface RemoteCommand {
  command: string;
  stdin?: string;
}

/** Runs a command on a machine and reports each line that it prints. */
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
    // Messages of systemd itself are not output of the service.
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
