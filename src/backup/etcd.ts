import { services } from "../../components/backup/etcd";
import { etcdStatus } from "../../components/backup/etcd-status";
import type { PartOperations, Say } from "../../components/backup/spec";
import { isKnown } from "../../components/shared/machine/facts";
import { UserError } from "../../components/shared/problem";
import { quote, script } from "../../components/shared/shell";
import { restoreOperations } from "./etcd-restore";
import { failure } from "./explain";
import { activeHosts, type HostSpec } from "../../components/shared/cluster-spec";
import { type EtcdRoom, lookAtPlanes, onMachine } from "./etcd-machines";

/** etcd is backed up, drilled and restored on its control planes, by a command there. */
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
      `${room.repository.path}: nothing was done, because no control plane answers`,
      ...silent,
      `  fix:  start the machines that are down; if they are gone for good: slipway backup restore etcd --in-place --stack ${room.keyring.stack}`,
    ].join("\n"),
    2,
  );
}

/** Starts a machine's service, as its timer does, and shows its output until it ends; returns its lines. */
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
