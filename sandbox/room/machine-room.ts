import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { LabOptions } from "../hosts/start";
import { hostName } from "../../components/shared/names";
import { Lab } from "../hosts/lab";
import { layout } from "../layout";
import { silent, type Progress } from "../progress";
import { ApiWriter } from "./api-writer";
import { eventually } from "../eventually";
import { ProgramCopy } from "../program-copy";
import { example, pushRoomImages } from "./images";
import { toolVersion } from "../toolchain/plan";

/** A machine of a room, and its role. */
export type Roles = Readonly<Record<string, "control-plane" | "worker">>;

const domain = "room.test";
const ssh = { user: "ops", key: "roomKey" };

/** A room that is removed when its test is over. */
const notKept = { without: "a test room" };

/** What else a room has. */
export interface RoomOptions extends Pick<LabOptions, "kubernetes" | "bare"> {
  /** Names of the machines that share the external address; none without one. */
  edges?: readonly string[];
  /** Names of machines that exist but are not in the stack yet. */
  spare?: readonly string[];
  /** Whether the example project runs there, behind an Ingress. */
  serves?: boolean;
  progress?: Progress;
}

/** Kubernetes on hosts of this machine, made by a copy of the program: reached only by SSH. */
export class MachineRoom {
  readonly program = new ProgramCopy("test");
  /** Keys below `slipway:cluster` of the stack's file. */
  readonly cluster: Record<string, unknown>;
  private readonly writers: ApiWriter[] = [];
  /** Its other keys below `slipway:`. */
  readonly config: Record<string, unknown>;

  private constructor(
    readonly lab: Lab,
    roles: Roles,
    edges: readonly string[],
  ) {
    const [prefix = ""] = /^(\d+\.){3}/.exec(lab.hosts[0]?.address ?? "") ?? [];
    this.endpoint = `${prefix}200`;
    this.entrance = `${prefix}201`;
    this.cluster = {
      kind: "hosts",
      name: "room",
      version: `v${toolVersion("kubernetes")}`,
      podNetwork: "routes",
      endpoint: { name: "k8s.room.test", address: this.endpoint },
      ssh,
      mirrors: Object.fromEntries(
        ["registry.k8s.io", lab.registry].map((host) => [host, [`http://${lab.registry}`]]),
      ),
      hosts: Object.fromEntries(
        Object.entries(roles).map(([name, role]) => [name, { role, ...this.reach(name) }]),
      ),
    };
    const hosts = Object.fromEntries(edges.map((name) => [name, this.reach(name)]));
    this.config = {
      system: "room",
      registry: { host: lab.registry },
      backup: { parts: { etcd: notKept, state: notKept } },
      ingress: { controller: "external", domain, namespace: "ingress" },
      ...(edges.length === 0 ? {} : { edge: { address: this.entrance, ssh, hosts } }),
    };
  }

  /** The API servers' shared address. */
  readonly endpoint: string;
  /** The edges' shared address. */
  readonly entrance: string;

  /** Running hosts, and a stack that lists them and has created nothing yet. */
  static async start(
    name: string,
    roles: Roles,
    { edges = [], spare = [], serves = false, progress = silent, ...of }: RoomOptions = {},
  ): Promise<MachineRoom> {
    const here = layout();
    const hosts = [...Object.keys(roles), ...edges, ...spare];
    const lab = await Lab.start({ name, hosts, here, ...of }, progress);
    const room = new MachineRoom(lab, roles, edges);
    const projects = join(room.program.folder, "projects");
    // Not this checkout's own stack settings, which may need what no room has.
    for (const file of readdirSync(projects)) rmSync(join(projects, file));
    if (serves) {
      const { name: project, port } = example;
      const text = `name: ${project}\nkind: back\nport: ${port}\nprobes: { check: /healthz }\n`;
      writeFileSync(join(projects, `${project}.yaml`), text);
      const { project: digest, traefik } = await pushRoomImages(here, lab.registry, progress);
      Object.assign(room.config, {
        ingress: { controller: "managed", domain, image: traefik },
        defaults: { expose: "ingress" },
        releases: { [project]: { digest, tag: "v1.0.0" } },
      });
    }
    room.write(true);
    await room.program.init();
    await room.program.secret("roomKey", await lab.key());
    return room;
  }

  /** Connection data of a host. */
  reach(name: string): { address: string; hostKey: string } {
    const host = this.lab.hosts.find((each) => each.name === name);
    if (host === undefined) throw new Error(`the lab has no host ${name}`);
    return { address: host.address, hostKey: host.hostKey };
  }

  /** Changes a host's settings in the stack's file. */
  change(name: string, fields: object): void {
    const hosts = this.cluster["hosts"] as Record<string, object>;
    hosts[name] = { ...hosts[name], ...fields };
    this.write();
  }

  /** Removes a host from the stack's file. */
  remove(name: string): void {
    const hosts = Object.entries(this.cluster["hosts"] as object);
    this.set({ hosts: Object.fromEntries(hosts.filter(([each]) => each !== name)) });
  }

  /** Changes keys below `slipway:cluster` of the stack's file. */
  set(fields: object): void {
    Object.assign(this.cluster, fields);
    this.write();
  }

  /** Writes a host's current key to the stack's file. */
  know(name: string): void {
    this.change(name, this.reach(name));
  }

  /** Writes the stack's file with the current `cluster`; the engine's own entries stay. */
  private write(fresh = false): void {
    const path = join(this.program.folder, "Pulumi.test.yaml");
    const file: { config?: object } = fresh ? {} : (parse(readFileSync(path, "utf8")) as object);
    const config = {
      ...file.config,
      "slipway:cluster": this.cluster,
      ...Object.fromEntries(
        Object.entries(this.config).map(([key, value]) => [`slipway:${key}`, value]),
      ),
    };
    writeFileSync(path, stringify({ ...file, config }));
  }

  /** Runs kubectl on a control plane, as root. */
  async kubectl(host: string, ...args: string[]): Promise<string> {
    const words = args.map((word) => `'${word}'`).join(" ");
    const command = `sudo kubectl --kubeconfig /etc/kubernetes/admin.conf ${words}`;
    const { exitCode, stdout, stderr } = await this.lab.ssh(host, command);
    if (exitCode !== 0) throw new Error(`${host}: ${command}: ${stderr}`);
    return stdout;
  }

  /** Runs etcdctl in the pod of a control plane's member. */
  etcdctl(host: string, ...args: string[]): Promise<string> {
    const pki = "/etc/kubernetes/pki/etcd";
    const files = [
      "--cacert",
      `${pki}/ca.crt`,
      "--cert",
      `${pki}/peer.crt`,
      "--key",
      `${pki}/peer.key`,
    ];
    const command = ["exec", `etcd-${host}`, "--", "etcdctl", ...files, ...args];
    return this.kubectl(host, "-n", "kube-system", ...command);
  }

  /** Waits until each named control plane answers for itself, which requires a working etcd. */
  async ready(...names: string[]): Promise<void> {
    await eventually(async () => {
      for (const name of names) {
        const { address } = this.reach(name);
        await this.kubectl(name, "--server", `https://${address}:6443`, "get", "--raw", "/readyz");
      }
    }, 360);
  }

  /** Every line of phases in the hosts' journals: `t01: init of t01 begins`. */
  async journal(): Promise<string[]> {
    const command = "sudo journalctl -t slipway -o cat --no-pager";
    const lines = this.lab.hosts.map(async ({ name }) => {
      const { stdout } = await this.lab.ssh(name, command);
      return stdout.split("\n").map((line) => `${name}: ${line}`);
    });
    return (await Promise.all(lines)).flat().filter((line) => / of /.test(line));
  }

  /** Name of the host that holds an address: the endpoint's by default. */
  async holder(address = this.endpoint): Promise<string> {
    for (const { name } of this.lab.hosts) {
      const { stdout } = await this.lab.ssh(name, "ip -o -4 address");
      if (stdout.includes(` ${address}/`)) return name;
    }
    throw new Error(`no host has ${address}`);
  }

  /** Host name of a project. */
  hostOf(project: string): string {
    return hostName(project, domain);
  }

  /** A client that writes through the endpoint, as an administrator. */
  async writer(prefix: string): Promise<ApiWriter> {
    const writer = new ApiWriter(await this.kubeconfig(), prefix);
    this.writers.push(writer);
    return writer;
  }

  /** The stack's output. */
  async kubeconfig(): Promise<string> {
    const args = ["stack", "output", "kubeconfig", "--show-secrets", "--stack", "test"];
    return (await this.program.pulumi(...args)).stdout;
  }

  /** Ends everything that it has started, also after a failure half-way. */
  async stop(): Promise<void> {
    await Promise.all(this.writers.map((writer) => writer.stop()));
    await this.lab.stop();
    this.program.remove();
  }
}
