import { execa } from "execa";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isAlive } from "../../components/shared/system/process";
import { layout, type Layout } from "../layout";
import { silent, type Progress } from "../progress";
import { newDisk, publicKey, type User } from "./disk";
import { removeLab } from "./leftovers";
import { labNetwork, type LabNetwork } from "./network";
import { keyFile, labPlace, type LabPlace } from "./place";
import { readRecord, writeRecord, type LabRecord } from "./record";
import { binFolder } from "./rootfs";
import { reachable, sshOptions } from "./ssh";
import { layGround, prepare, refuseOptions, type LabOptions } from "./start";
import { inside, launchHost, logOf, registryPort } from "./world";

/** What is upgraded on a host. */
export type KubernetesProgram = "kubeadm" | "kubelet" | "kubectl";

/** A machine of a lab. */
export interface LabHost {
  readonly name: string;
  /** IPv4; unchanged when the host is recreated. */
  readonly address: string;
  /** Public host key as in a known_hosts file, `ssh-ed25519 AAAA…`; `blank` changes it. */
  readonly hostKey: string;
}

/**
 * Containers on this machine that stand for the hosts of a machine room: each with its own init, network, disk and ssh server, on
 * a bridge without a route out. Root on Linux only, see `labProblem`.
 */
export class Lab {
  readonly network: LabNetwork;
  #noting: Promise<void> = Promise.resolve();

  private constructor(
    private readonly here: Layout,
    readonly place: LabPlace,
    private readonly record: LabRecord,
  ) {
    this.network = labNetwork(record.network);
  }

  /** Removes the leftovers of a lab of that name, and returns when every host of the new one answers by ssh. */
  static async start(options: LabOptions, progress: Progress = silent): Promise<Lab> {
    refuseOptions(options);
    const { name, hosts, bare = [], diskGiB = 20, kubernetes, here = layout() } = options;
    const shared = await prepare(here, progress, kubernetes);
    await removeLab(here, name);
    const place = labPlace(here, name);
    try {
      const { network, world } = await layGround(place, shared, {
        lock: join(here.cache, "hosts"),
        progress,
      });
      const full = [shared.binaries, shared.debian];
      const record: LabRecord = {
        world,
        network: network.third,
        newest: shared.newest,
        hosts: hosts.map((each) => ({
          name: each,
          hostKey: "",
          layers: bare.includes(each) ? [shared.debian] : full,
          diskGiB,
        })),
      };
      const lab = new Lab(here, place, record);
      progress(`starting ${hosts.length} hosts`);
      for (const each of hosts) await lab.#newDisk(each);
      await Promise.all(hosts.map((each) => lab.boot(each)));
      return lab;
    } catch (error) {
      await removeLab(here, name);
      throw error;
    }
  }

  /** A running lab that another process, or this one, has started. */
  static async find(name: string, here = layout()): Promise<Lab | undefined> {
    const place = labPlace(here, name);
    const record = await readRecord(place);
    if (record === undefined || !isAlive(record.world)) return undefined;
    return new Lab(here, place, record);
  }

  /** In the order they were given in. */
  get hosts(): LabHost[] {
    return this.record.hosts.map(({ name, hostKey }, index) => ({
      name,
      hostKey,
      address: this.network.host(index),
    }));
  }

  /** A host by its name. */
  host(name: string): LabHost {
    const found = this.hosts.find((each) => each.name === name);
    if (found !== undefined) return found;
    throw new Error(`the lab ${this.place.name} has no host ${name}`);
  }

  /** Path of the private key that opens the accounts of every host; mode 0600. */
  get keyFile(): string {
    return keyFile(this.place);
  }

  /** Its text. */
  key(): Promise<string> {
    return readFile(this.keyFile, "utf8");
  }

  /** `<address>:<port>` of the lab's registry, plain HTTP: it has kubeadm's images, and takes others. */
  get registry(): string {
    return `${this.network.gateway}:${registryPort}`;
  }

  /** Options by which ssh and scp reach the hosts: their keys are checked, and nothing of the user's is read. */
  get sshOptions(): string[] {
    return sshOptions({ keyFile: this.keyFile, knownHosts: this.#knownHosts });
  }

  /** Runs a command on a host by ssh, as `ops` by default. Failures of ssh itself have the exit code 255. */
  async ssh(
    name: string,
    command: string,
    { user = "ops", input = "" }: { user?: User; input?: string } = {},
  ): Promise<{ exitCode: number; stdout: string; stderr: string }> {
    const target = `${user}@${this.host(name).address}`;
    const ended = await execa("ssh", [...this.sshOptions, target, command], {
      input,
      reject: false,
    });
    return { exitCode: ended.exitCode ?? 255, stdout: ended.stdout, stderr: ended.stderr };
  }

  /** Kills everything on a host at once, like a power failure; its disk stays. */
  async kill(name: string): Promise<void> {
    await inside(this.record.world, this.place, "kill", this.host(name).name);
  }

  /** Switches a host on, with its existing disk; returns when it answers by ssh. Does nothing if it runs. */
  async boot(name: string): Promise<void> {
    const { address } = this.host(name);
    await launchHost(this.record.world, this.place, name);
    await reachable(address, logOf(this.place));
  }

  /** Recreates a host under its name and address: an empty disk, another machine-id, another host key. It runs afterwards. */
  async blank(name: string): Promise<void> {
    await this.kill(name);
    await this.#newDisk(name);
    await this.boot(name);
  }

  /** Disconnects a host from the network, until `heal` or its next start: packets in both directions are dropped silently. */
  async cut(name: string): Promise<void> {
    await inside(this.record.world, this.place, "cut", this.host(name).name);
  }

  /** Undoes `cut`. */
  async heal(name: string): Promise<void> {
    await inside(this.record.world, this.place, "heal", this.host(name).name);
  }

  /**
   * Installs programs of the sandbox's version on a running host, like a package upgrade: running processes keep the old version
   * until restarted.
   */
  async upgrade(name: string, programs: readonly KubernetesProgram[]): Promise<void> {
    const { world, newest } = this.record;
    const folder = join(newest, binFolder);
    await inside(world, this.place, "install", this.host(name).name, folder, ...programs);
  }

  /** Ends every host and removes all of the lab. */
  async stop(): Promise<void> {
    await removeLab(this.here, this.place.name);
  }

  get #knownHosts(): string {
    return join(this.place.folder, "known_hosts");
  }

  async #newDisk(name: string): Promise<void> {
    const { place, network, record, hosts } = this;
    const index = record.hosts.findIndex((each) => each.name === name);
    const host = record.hosts[index];
    if (host === undefined) return;
    host.hostKey = await newDisk({
      ...host,
      place,
      network,
      index,
      neighbours: hosts,
      authorizedKey: await publicKey(`${this.keyFile}.pub`),
    });
    await (this.#noting = this.#noting.then(() => this.note()));
  }

  /** Records the hosts; concurrent changes are recorded one after the other. */
  private async note(): Promise<void> {
    const lines = this.hosts.map(({ address, hostKey }) => `${address} ${hostKey}\n`);
    await writeFile(this.#knownHosts, lines.join(""), { mode: 0o600 });
    await writeRecord(this.place, this.record);
  }
}
