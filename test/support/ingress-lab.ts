import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Controller, type Reporter } from "../../sandbox/ingress/controller";
import { render, type Listeners } from "../../sandbox/ingress/haproxy";
import { HostPorts } from "../../sandbox/ingress/hostports";
import { buildModel, type Model } from "../../sandbox/ingress/model";
import type { ClusterObjects, ObjectSource } from "../../sandbox/ingress/objects";
import { Proxy } from "../../sandbox/ingress/proxy";
import { cluster } from "./ingress-objects";
import { freePort } from "./ports";

/** Why the lab cannot be set up on this machine; undefined when it can. */
export function labProblem(): string | undefined {
  if (process.platform !== "linux") return `this is ${process.platform}, not Linux`;
  if (process.getuid?.() !== 0) return "not root";
  if (!existsSync("/usr/sbin/haproxy")) return "Debian's haproxy is not installed";
  const { status } = spawnSync("unshare", ["--mount", "--net", "--pid", "--fork", "true"]);
  return status === 0 ? undefined : "this root may not make namespaces";
}

/** Nodes whose pods have made-up addresses. */
const simulatedNodes = ["simulated"];

/**
 * A real HAProxy and pods that are plain processes, in namespaces like the sandbox's, with the real controller. In the
 * place of an API server there is `apply`.
 */
export class IngressLab {
  readonly folder = mkdtempSync(join(tmpdir(), "slipway-lab-"));
  readonly nodePorts = join(this.folder, "nodeports.json");
  /** What the controller logged. */
  readonly lines: string[] = [];
  readonly #config = join(this.folder, "etc");
  readonly #master = join(this.folder, "master.sock");
  readonly #pods = new Map<string, ChildProcess>();
  #port = 0;
  #namespaces: ChildProcess | undefined;
  #inside: string[] = [];
  #haproxy: ChildProcess | undefined;
  #controller: Controller | undefined;
  #changed: (objects: ClusterObjects) => void = () => undefined;
  #reported: Model | undefined;

  /** Of the Ingress, on the loopback of this machine. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    this.#port = await freePort();
    await this.#makeNamespaces();
    const { files } = render(buildModel(cluster({}), []), [], this.#listeners());
    mkdirSync(this.#config);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.#config, name), text);
    writeFileSync(this.nodePorts, "[]");
    await this.startHaproxy();
    this.startController();
  }

  async startHaproxy(): Promise<void> {
    const config = join(this.#config, "haproxy.cfg");
    const log = join(this.folder, "haproxy.log");
    this.#haproxy = this.#run(["haproxy", "-W", "-S", this.#master, "-f", config], log);
    await until("HAProxy", () => accepts(this.#master));
  }

  startController(): void {
    this.#reported = undefined;
    const source: ObjectSource = {
      start: (changed) => (this.#changed = changed),
      stop: () => (this.#changed = () => undefined),
    };
    const reporter: Reporter = {
      report: (model) => {
        this.#reported = model;
        return Promise.resolve();
      },
    };
    const { namespace } = this.#listeners();
    this.#controller = new Controller({
      ...{ source, reporter, simulatedNodes, listeners: this.#listeners() },
      proxy: new Proxy({ config: this.#config, master: this.#master, inside: this.#inside }),
      hostPorts: new HostPorts(this.nodePorts, this.#inside, namespace),
      log: (line) => this.lines.push(line),
    });
    this.#controller.start();
  }

  async stopController(): Promise<void> {
    await this.#controller?.stop();
  }

  /** Makes the cluster's objects these, without waiting. */
  set(parts: Partial<ClusterObjects>): void {
    this.#changed(cluster(parts));
  }

  /** Makes the cluster's objects these, and waits until HAProxy does what they say. */
  async apply(parts: Partial<ClusterObjects>): Promise<Model> {
    const wanted = JSON.stringify(buildModel(cluster(parts), simulatedNodes));
    this.set(parts);
    await until("HAProxy to follow", () => JSON.stringify(this.#reported) === wanted);
    return JSON.parse(wanted) as Model;
  }

  /** Starts a pod that listens on port 8080 of an address of 10.99.0.0/24. */
  async startPod(name: string, address: string, version: string): Promise<void> {
    const ready = join(this.folder, `${name}.ready`);
    rmSync(ready, { force: true });
    const program = join(__dirname, "pod.mjs");
    const command = [process.execPath, program, address, name, version, ready];
    this.#pods.set(name, this.#run(command, join(this.folder, `${name}.log`)));
    await until(`pod ${name}`, () => existsSync(ready));
  }

  /** Ends a pod, and waits until it is gone. */
  async endPod(name: string, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const nsenter = this.#pods.get(name);
    if (nsenter?.pid === undefined) throw new Error(`there is no pod ${name}`);
    const [pod] = childrenOf(nsenter.pid);
    const gone = once(nsenter, "exit");
    if (pod !== undefined) process.kill(pod, signal);
    await gone;
    this.#pods.delete(name);
  }

  /** Kills HAProxy with all its workers, as a crash would. */
  async killHaproxy(): Promise<void> {
    const nsenter = this.#haproxy;
    if (nsenter?.pid === undefined) return;
    const gone = once(nsenter, "exit");
    const [master = 0] = childrenOf(nsenter.pid);
    for (const pid of [master, ...childrenOf(master)]) {
      try {
        process.kill(pid, "SIGKILL");
      } catch (error) {
        // A worker ends by itself when its master is gone.
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    }
    await gone;
    rmSync(this.#master, { force: true });
  }

  /** Lines of the access log so far. */
  accessLog(): string[] {
    return readFileSync(join(this.folder, "haproxy.log"), "utf8").split("\n");
  }

  async stop(): Promise<void> {
    await this.stopController();
    if (this.#namespaces) {
      const gone = once(this.#namespaces, "exit");
      this.#namespaces.kill("SIGKILL");
      await gone;
    }
    if (process.env["KEEP_LAB"] === undefined)
      rmSync(this.folder, { recursive: true, force: true });
  }

  #listeners(): Listeners {
    return { port: this.#port, namespace: "host" };
  }

  async #makeNamespaces(): Promise<void> {
    const ready = join(this.folder, "namespaces.ready");
    const inner = [
      ...["ip link set lo up", "ip route add local 10.99.0.0/24 dev lo"],
      ...[`: >${ready}`, "exec sleep infinity"],
    ].join(" && ");
    const outer = [
      ...["mount -t tmpfs lab /run", "mkdir /run/netns", ": >/run/netns/host"],
      ...["mount --bind /proc/self/ns/net /run/netns/host", `exec unshare --net sh -c '${inner}'`],
    ].join(" && ");
    const flags = ["--mount", "--pid", "--fork", "--mount-proc", "--kill-child"];
    this.#namespaces = spawn("unshare", [...flags, "sh", "-c", outer], { stdio: "ignore" });
    await until("the namespaces", () => existsSync(ready));
    const [init = 0] = childrenOf(this.#namespaces.pid ?? 0);
    this.#inside = ["nsenter", "--target", `${init}`, "--mount", "--net", "--pid"];
  }

  #run(command: readonly string[], log: string): ChildProcess {
    const [program = "", ...args] = [...this.#inside, ...command];
    const shell = ["-c", 'log=$1; shift; exec "$@" >>"$log" 2>&1', "sh", log, program, ...args];
    return spawn("sh", shell, { stdio: "ignore" });
  }
}

/** Whether somebody answers on a Unix socket. */
async function accepts(path: string): Promise<boolean> {
  const socket = createConnection(path);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Tries for ten seconds. */
async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    if (await holds()) return;
    await delay(10);
  }
  throw new Error(`waited in vain for ${what}`);
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.trim().split(" ").filter(Boolean).map(Number);
}
