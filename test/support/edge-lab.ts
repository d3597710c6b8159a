import { execa } from "execa";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { TLSSocket } from "node:tls";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { createAuthority, issue, type KeyPair } from "../../sandbox/cluster/pki/certificate";
import { Lab } from "../../sandbox/hosts/lab";
import { layout } from "../../sandbox/layout";
import { ProgramCopy } from "../../sandbox/program-copy";

/** Port of a project's pods on the nodes, and on the edges. */
export const nodePort = 31_007;
export const project = "SJZY.Package.Api";
/** Host names: public, with a certificate; for some networks only; for networks that include nobody here. */
export const hosts = {
  shop: "shop.room.example",
  admin: "admin.room.example",
  closed: "closed.room.example",
};

/**
 * Two edges, a spare one, and two machines that stand for nodes: an HAProxy on each answers like an ingress controller and like a
 * NodePort, with the node's name. The stack's cluster is the tests' own, with simulated nodes.
 */
export class EdgeLab {
  readonly program = new ProgramCopy("test");
  /** Keys below `slipway:edge` of the stack's file. */
  readonly edge: Record<string, unknown>;
  readonly address: string;

  private constructor(
    readonly lab: Lab,
    private readonly authority: KeyPair,
  ) {
    this.address = lab.network.free[0] ?? "";
    const certificate = { secret: "shopPem" };
    this.edge = {
      address: this.address,
      ssh: { user: "ops", key: "roomKey" },
      hosts: Object.fromEntries(edges.map((name) => [name, this.reach(name)])),
      nodes: nodes.map((name) => lab.host(name).address),
      certificates: { [hosts.shop]: certificate, "*.room.example": certificate },
      allow: { [hosts.admin]: [`${lab.network.gateway}/24`], [hosts.closed]: ["192.0.2.0/24"] },
    };
  }

  /** Running machines, and a stack that lists them and has created nothing yet. */
  static async start(name: string): Promise<EdgeLab> {
    const lab = await Lab.start({ name, hosts: [...edges, spare, ...nodes], here: layout() });
    const room = new EdgeLab(lab, await createAuthority("edge test", new Date()));
    await Promise.all(nodes.map((node) => room.serve(node)));
    const projects = join(room.program.folder, "projects");
    for (const file of readdirSync(projects)) rmSync(join(projects, file));
    writeFileSync(
      join(projects, `${project}.yaml`),
      `name: ${project}\nkind: back\nport: 8080\nreplicas: 1\nexpose: nodePort\nnodePort: ${nodePort - 31_000}\n`,
    );
    room.write();
    await room.program.init();
    await room.program.secret("roomKey", await lab.key());
    await room.certify();
    return room;
  }

  /** A machine's connection data for the stack's file. */
  reach(name: string): { address: string; hostKey: string } {
    const { address, hostKey } = this.lab.host(name);
    return { address, hostKey };
  }

  /** Puts a new certificate into the stack's secret, and returns its text. */
  async certify(now = new Date()): Promise<string> {
    const names = [hosts.shop, "*.room.example"];
    const { certificate, key } = await issue(
      this.authority,
      { name: "shop", authority: "ca", commonName: hosts.shop, hosts: names, usage: "server" },
      now,
    );
    await this.program.secret("shopPem", `${certificate}${key}`);
    return certificate;
  }

  /** Changes keys below `slipway:edge` of the stack's file. */
  set(fields: object): void {
    Object.assign(this.edge, fields);
    this.write();
  }

  /** Writes the stack's file; the engine's own entries stay. */
  private write(): void {
    const path = join(this.program.folder, "Pulumi.test.yaml");
    const file = parse(readFileSync(path, "utf8")) as { config: object };
    const config = {
      ...file.config,
      "slipway:system": "edge",
      "slipway:cluster": { kind: "kubeconfig", file: "admin.yaml", identifier: "elsewhere" },
      "slipway:registry": { host: "127.0.0.1:9" },
      "slipway:ingress": { controller: "external", namespace: "ingress", domain: "example" },
      "slipway:releases": { [project]: { digest: `sha256:${"e".repeat(64)}`, tag: "v1.0.0" } },
      "slipway:edge": this.edge,
    };
    writeFileSync(path, stringify({ ...file, config }));
  }

  /** Makes a machine answer like a node. */
  private async serve(node: string): Promise<void> {
    const { stderr, exitCode } = await this.lab.ssh(
      node,
      "sudo tee /etc/haproxy/haproxy.cfg && sudo systemctl restart haproxy",
      { input: nodeConfig(node) },
    );
    if (exitCode !== 0) throw new Error(`${node}: ${stderr}`);
  }

  /** Names of the edges that hold the address. */
  async holders(): Promise<string[]> {
    const found: string[] = [];
    for (const name of [...edges, spare]) {
      const { stdout } = await this.lab.ssh(name, "ip -o -4 address");
      if (stdout.includes(` ${this.address}/`)) found.push(name);
    }
    return found;
  }

  /** Name of the edge that holds the address. */
  async holder(): Promise<string> {
    const [name] = await this.holders();
    if (name === undefined) throw new Error(`no edge has ${this.address}`);
    return name;
  }

  /** Output of a root command on a host. */
  async root(host: string, command: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.lab.ssh(host, `sudo sh -c '${command}'`);
    if (exitCode !== 0) throw new Error(`${host}: ${command}: ${stderr}`);
    return stdout;
  }

  /** Sends an HTTP request, and returns status and text: `200 n01 http`. */
  async get(host: string, path = "/", port = 80): Promise<string> {
    const url = `http://${this.address}:${port}${path}`;
    const { stdout } = await execa("curl", [
      "-s",
      "--max-time",
      "5",
      "-w",
      "%{http_code}",
      "-H",
      `Host: ${host}`,
      url,
    ]);
    return stdout;
  }

  /** Sends an HTTPS request, and returns the serial number of the presented certificate, and the answer. */
  async secure(host: string): Promise<{ serial: string; text: string }> {
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          host: this.address,
          servername: host,
          headers: { host },
          ca: this.authority.certificate,
          agent: false,
        },
        (response) => {
          const { socket } = response;
          const serial =
            socket instanceof TLSSocket ? socket.getPeerCertificate().serialNumber : "";
          let text = "";
          response.setEncoding("utf8");
          response.on("data", (part: string) => (text += part));
          response.on("end", () => {
            resolve({ serial, text });
          });
        },
      );
      asked.on("error", reject);
      asked.end();
    });
  }

  /** Access log of an edge, line by line. */
  async log(edge: string): Promise<Record<string, unknown>[]> {
    const text = await this.root(edge, "journalctl -u haproxy -o cat --no-pager");
    return text
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async stop(): Promise<void> {
    await this.lab.stop();
    await this.program.destroy();
    this.program.remove();
  }
}

/** Machines at the edge. */
export const edges = ["e01", "e02"];
/** A machine that exists, but is no edge yet. */
export const spare = "e03";
/** Machines that stand for nodes. */
export const nodes = ["n01", "n02"];

const nodeConfig = (node: string): string => `global
  maxconn 4000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend ingress
  bind :80
  http-request return status 200 content-type text/plain hdr x-node ${node} lf-string "${node} %[req.hdr(x-forwarded-proto)] %[req.hdr(x-forwarded-for)] "
frontend nodeport
  bind :${nodePort}
  http-request return status 200 content-type text/plain hdr x-node ${node} lf-string "${node} nodeport "
`;
