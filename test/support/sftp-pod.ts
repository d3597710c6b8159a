import { join } from "node:path";
import { readContract } from "../../components/cluster/sandbox";
import { fileLayer, ociImage } from "../../sandbox/images/oci";
import { push } from "../../sandbox/images/push";
import { debianLayer } from "../../sandbox/images/rootfs";
import { layout } from "../../sandbox/layout";
import { silent } from "../../sandbox/progress";
import { apply, kubectl } from "./cluster";
import { makeKey } from "./ssh-server";
import { contractPath } from "../../sandbox/contract";

const name = "sftp";
const port = 2222;

/** OpenSSH's own server as a pod of the sandbox, for files only: the target of volume backups by sftp. */
export class SftpPod {
  private readonly host = makeKey();
  private readonly user = makeKey();

  /** Its entry as a target in a stack's settings; its key is the secret `backupKey`. */
  readonly target = {
    kind: "sftp",
    address: `${name}.${name}`,
    port,
    user: "nobody",
    key: "backupKey",
    hostKey: this.host.public,
    path: "/files/slipway",
  };
  /** The accepted key. */
  readonly key = this.user.private;

  async start(): Promise<void> {
    const here = layout();
    const layer = await fileLayer(await debianLayer(here.cache, "openssh-server", silent));
    const config = {
      User: "65534",
      Entrypoint: ["/usr/sbin/sshd", "-D", "-e", "-f", "/etc/sftp/config"],
    };
    const { registry } = readContract(contractPath(here));
    const image = await push(
      ociImage({ layers: [layer], config }),
      join(registry, "tools/sftp:test"),
    );
    const metadata = { name, namespace: name };
    await apply(
      { apiVersion: "v1", kind: "Namespace", metadata: { name } },
      { apiVersion: "v1", kind: "Secret", metadata, stringData: this.files() },
      { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: deployment(image) },
      {
        apiVersion: "v1",
        kind: "Service",
        metadata,
        spec: { selector: { app: name }, ports: [{ port }] },
      },
    );
    await kubectl(["-n", name, "rollout", "status", `deployment/${name}`, "--timeout=120s"]);
  }

  private files(): Record<string, string> {
    const config = [
      ...[`Port ${port}`, "HostKey /etc/sftp/host-key", "AuthorizedKeysFile /etc/sftp/authorized"],
      ...["PidFile none", "UsePAM no", "StrictModes no", "PasswordAuthentication no"],
      ...["ForceCommand internal-sftp", "Subsystem sftp internal-sftp", ""],
    ];
    const { host, user } = this;
    return { config: config.join("\n"), "host-key": host.private, authorized: `${user.public}\n` };
  }

  /** Paths of its repository folders. */
  async repositories(): Promise<string[]> {
    const find = ["find", this.target.path, "-name", "config"];
    const found = await kubectl(["-n", name, "exec", `deployment/${name}`, "--", ...find]);
    return found.split("\n").map((path) => path.replace(/\/config$/, ""));
  }

  async stop(): Promise<void> {
    await kubectl(["delete", "namespace", name, "--ignore-not-found"]);
  }
}

/** It runs as the one user that logs in, so it does not need root. */
const deployment = (image: string): object => ({
  selector: { matchLabels: { app: name } },
  template: {
    metadata: { labels: { app: name } },
    spec: {
      containers: [
        {
          name,
          image,
          readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
          volumeMounts: [
            { name: "config", mountPath: "/etc/sftp", readOnly: true },
            { name: "files", mountPath: "/files" },
          ],
        },
      ],
      securityContext: { runAsUser: 65534, fsGroup: 65534 },
      volumes: [
        { name: "config", secret: { secretName: name, defaultMode: 0o400 } },
        { name: "files", emptyDir: {} },
      ],
    },
  },
});
