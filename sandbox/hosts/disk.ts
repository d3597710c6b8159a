import { execa } from "execa";
import { randomBytes } from "node:crypto";
import { chmod, chown, mkdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { boundingSet, bundle, volumes } from "./bundle";
import { commands } from "./commands";
import { macOf, type LabNetwork } from "./network";
import type { LabPlace } from "./place";

/** Accounts of every host: `ops` may become root by sudo without a password, `guest` may not. The lab's key opens both. */
const users = { ops: 1000, guest: 1001 } as const;
export type User = keyof typeof users;

/** Contents of a host's disk at its first boot. */
export interface DiskFacts {
  readonly place: LabPlace;
  readonly network: LabNetwork;
  /** Lower directories of its overlay, the uppermost first. */
  readonly layers: readonly string[];
  readonly name: string;
  /** Index of the host in the lab. */
  readonly index: number;
  /** Size of its disk. */
  readonly diskGiB: number;
  /** Every host of the lab. */
  readonly neighbours: readonly { name: string; address: string }[];
  /** Public key that may log in. */
  readonly authorizedKey: string;
}

/** Directory of a host: its bundle for runc and its disks. */
export const hostFolder = ({ folder }: LabPlace, name: string): string =>
  join(folder, "hosts", name);

/**
 * Gives a host new, empty disks, a new machine-id and a new host key, and discards the old ones. It must not run.
 * @returns its public key, `ssh-ed25519 AAAA…`
 */
export async function newDisk(facts: DiskFacts): Promise<string> {
  const { place, network, name, index, layers } = facts;
  const folder = hostFolder(place, name);
  await rm(folder, { recursive: true, force: true });
  for (const each of ["root", "disk"]) await makeFolder(join(folder, each));
  const disks = Object.entries(volumes).map(([part, target]): [string, string] => [
    join(folder, "disk", part),
    target,
  ]);
  const address = network.host(index);
  const machineId = randomBytes(16).toString("hex");
  const variables = {
    ADDRESS: address,
    GATEWAY: network.gateway,
    MAC: macOf(address),
    PORT: `port${index}`,
    LOWER: layers.join(":"),
  };
  const lines = Object.entries(variables).map(([key, value]) => `${key}='${value}'\n`);
  await writeFile(join(folder, "host.env"), lines.join(""));
  const cgroup = `${place.cgroup}/${name}`;
  const config = bundle({
    name,
    machineId,
    cgroup,
    volumes: Object.fromEntries(disks),
    capabilities: boundingSet(),
  });
  await writeFile(join(folder, "config.json"), JSON.stringify(config, undefined, 1));
  const content = join(folder, "content");
  for (const part of ["root", "work", ...Object.keys(volumes)])
    await makeFolder(join(content, part));
  await identify(facts, join(content, "root"), machineId);
  const hostKey = await publicKey(join(content, "root/etc/ssh/ssh_host_ed25519_key.pub"));
  await makeDisk(join(folder, "disk.img"), facts.diskGiB, content);
  await rm(content, { recursive: true });
  return hostKey;
}

/**
 * A sparse file with a file system. It needs no journal: only a crash of the machine itself could leave it inconsistent, and the
 * lab ends with that.
 */
async function makeDisk(image: string, gib: number, content: string): Promise<void> {
  await writeFile(image, "", { mode: 0o600 });
  await truncate(image, gib * 2 ** 30);
  const options = ["-q", "-m", "0", "-O", "^has_journal", "-E", "lazy_itable_init=1"];
  await execa("mkfs.ext4", [...options, "-d", content, image], commands);
}

/** The first two words of a public key file: kind and key, without the comment. */
export async function publicKey(path: string): Promise<string> {
  return (await readFile(path, "utf8")).split(" ").slice(0, 2).join(" ").trim();
}

/** Files specific to a host, on its disk before it boots. */
async function identify(facts: DiskFacts, disk: string, machineId: string): Promise<void> {
  const { name, neighbours, network, authorizedKey } = facts;
  const names = neighbours.map((each) => `${each.address} ${each.name}`);
  const hosts = ["127.0.0.1 localhost", "::1 localhost", ...names, ""].join("\n");
  await write(disk, "etc/machine-id", `${machineId}\n`, 0o444);
  await write(disk, "etc/hostname", `${name}\n`);
  await write(disk, "etc/hosts", hosts);
  // Nothing listens there, so queries fail at once; without any name server CoreDNS would not start.
  await write(disk, "etc/resolv.conf", `nameserver ${network.gateway}\n`);
  await makeFolder(join(disk, "etc/ssh"));
  await newKey(join(disk, "etc/ssh/ssh_host_ed25519_key"), name);
  await makeFolder(join(disk, "home"));
  for (const [user, id] of Object.entries(users)) {
    const home = join(disk, "home", user);
    const file = join(home, ".ssh/authorized_keys");
    await makeFolder(home);
    await makeFolder(dirname(file), 0o700);
    await writeFile(file, `${authorizedKey}\n`, { mode: 0o600 });
    for (const path of [home, dirname(file), file]) await chown(path, id, id);
  }
}

/** A new OpenSSH ed25519 key pair without a passphrase: `path` and `path.pub`. */
export async function newKey(path: string, comment: string): Promise<void> {
  await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path]);
}

/** Its mode is visible through the overlay, whatever this process's umask is. */
async function makeFolder(path: string, mode = 0o755): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, mode);
}

async function write(disk: string, path: string, text: string, mode = 0o644): Promise<void> {
  await makeFolder(dirname(join(disk, path)));
  await writeFile(join(disk, path), text);
  await chmod(join(disk, path), mode);
}
