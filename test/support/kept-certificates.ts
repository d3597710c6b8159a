import { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { stringify } from "yaml";
import { createAuthority, issue, type KeyPair } from "../../sandbox/cluster/pki/certificate";
import type { MachineRoom } from "../../sandbox/room/machine-room";
import { service } from "../../components/edge/followed";

const plane = "t01";
const edges = ["e01", "e02"];

/** Certificates that a room's cluster keeps, each as the Secret `tls` of a namespace, for `<namespace>.room.test`. */
export class KeptCertificates {
  private readonly pairs = new Map<string, KeyPair>();

  private constructor(
    private readonly room: MachineRoom,
    private readonly authority: KeyPair,
  ) {}

  /** The room's edges follow these two, and no other. */
  static async in(room: MachineRoom): Promise<KeptCertificates> {
    const certificates = Object.fromEntries(
      ["shop", "late"].map((name) => [`${name}.room.test`, { from: `${name}/tls` }]),
    );
    Object.assign(room.config["edge"] as object, { certificates });
    room.set({});
    return new KeptCertificates(room, await createAuthority("room", new Date()));
  }

  /** Sets the Secret to a named certificate, with the key of another if one is named. */
  async put(namespace: string, name: string, keyOf = name): Promise<void> {
    const { certificate } = await this.pair(namespace, name);
    const { key } = await this.pair(namespace, keyOf);
    const data = { "tls.crt": certificate, "tls.key": key };
    const stringData = stringify({
      apiVersion: "v1",
      kind: "Secret",
      type: "kubernetes.io/tls",
      metadata: { name: "tls", namespace },
      stringData: data,
    });
    const made = `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${namespace}}\n---\n`;
    const apply = "sudo kubectl --kubeconfig /etc/kubernetes/admin.conf apply -f -";
    const input = `${made}${stringData}`;
    const { exitCode, stderr } = await this.room.lab.ssh(plane, apply, { input });
    if (exitCode !== 0) throw new Error(stderr);
  }

  /** Serial number of a certificate that was stored. */
  serial(name: string): string {
    const pair = this.pairs.get(name);
    if (pair === undefined) throw new Error(`there is no ${name}`);
    return new X509Certificate(pair.certificate).serialNumber;
  }

  /** How many commands were started on the machines meanwhile. */
  async commandsOf(work: () => Promise<unknown>): Promise<number> {
    const before = await this.begun();
    await work();
    return (await this.begun()) - before;
  }

  /** Runs what the timer runs, now: `start` would wait for a service that is about to retry. */
  async ask(): Promise<void> {
    await Promise.all(edges.map((edge) => this.root(edge, `systemctl restart ${service}`)));
  }

  /** Serial number of the edges' certificate for a name; `placeholder` for their own. */
  async served(name: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(
        {
          host: this.room.entrance,
          port: 443,
          servername: `${name}.room.test`,
          rejectUnauthorized: false,
        },
        () => {
          const { subject, serialNumber } = socket.getPeerCertificate();
          socket.destroy();
          resolve(subject.CN === "placeholder" ? subject.CN : serialNumber);
        },
      );
      socket.on("error", reject);
    });
  }

  /** The API servers' answers to the edges' login, by `namespace/secret`; without a name for the whole namespace. */
  async answers(secrets: readonly string[]): Promise<string[]> {
    const files = "--cacert /etc/slipway/edge/ca.crt -H @/etc/slipway/edge/authorization";
    const asked = secrets.map(async (secret) => {
      const url = `https://${this.room.endpoint}:8443/api/v1/namespaces/${secret.replace("/", "/secrets/")}`;
      return this.root("e01", `curl -s -o /dev/null -w '%{http_code}' ${files} ${url}`);
    });
    return Promise.all(asked);
  }

  private async begun(): Promise<number> {
    const lines = await this.room.journal();
    return lines.filter((line) => line.endsWith(" begins")).length;
  }

  private async pair(namespace: string, name: string): Promise<KeyPair> {
    const known = this.pairs.get(name);
    if (known !== undefined) return known;
    const hosts = [`${namespace}.room.test`];
    const identity = { name, authority: "ca", commonName: name, hosts, usage: "server" } as const;
    const made = await issue(this.authority, identity, new Date());
    this.pairs.set(name, made);
    return made;
  }

  private async root(host: string, command: string): Promise<string> {
    const { exitCode, stdout, stderr } = await this.room.lab.ssh(host, `sudo ${command}`);
    if (exitCode !== 0) throw new Error(`${host}: ${command}: ${stderr}`);
    return stdout;
  }
}
