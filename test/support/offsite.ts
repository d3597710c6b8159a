import { execa, type ResultPromise } from "execa";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, request, type Server } from "node:http";
import { join } from "node:path";
import { readContract } from "../../components/cluster/sandbox";
import { backupImage } from "../../sandbox/images/backup";
import { bufferLayer, ociImage } from "../../sandbox/images/oci";
import { push } from "../../sandbox/images/push";
import { tar } from "../../sandbox/images/tar";
import { layout } from "../../sandbox/layout";
import { silent } from "../../sandbox/progress";
import { sessionEnv } from "../../sandbox/session";
import { buildTools } from "../../sandbox/toolchain/build";
import { apply, kubectl } from "./cluster";
import { eventually } from "../../sandbox/eventually";
import { freePort } from "./ports";
import { contractPath } from "../../sandbox/contract";

const name = "offsite";
const port = 7070;

/**
 * A real S3 server as a pod of the sandbox, because no network leads out of it. This machine's commands reach it by the same
 * address, through a proxy.
 */
export class Offsite {
  readonly endpoint = `http://${name}.${name}:${port}`;
  readonly bucket = "slipway";
  readonly accessKey = randomBytes(12).toString("hex");
  readonly secretKey = randomBytes(12).toString("hex");
  /** Image with restic, by digest. */
  image = "";
  private forward: ResultPromise<{ reject: false }> | undefined;
  private proxy: Server | undefined;
  /** Environment variables with which commands reach it. */
  env: Readonly<Record<string, string>> = {};

  async start(): Promise<void> {
    const here = layout();
    const { registry } = readContract(contractPath(here));
    this.image = await push(
      await backupImage(here.cache, silent),
      join(registry, "tools/backup:test"),
    );
    const { binary } = await buildTools(here, silent, ["versitygw"]);
    const content = await readFile(binary("versitygw"));
    const layer = tar([{ kind: "file", path: "versitygw", mode: 0o755, content }]);
    const entry = { User: "65534", Entrypoint: ["/versitygw"] };
    const image = await push(
      ociImage({ layers: [bufferLayer(layer)], config: entry }),
      join(registry, "tools/versitygw:test"),
    );
    const metadata = { name, namespace: name };
    await apply(
      { apiVersion: "v1", kind: "Namespace", metadata: { name } },
      { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: this.deployment(image) },
      {
        apiVersion: "v1",
        kind: "Service",
        metadata,
        spec: { selector: { app: name }, ports: [{ port }] },
      },
    );
    await kubectl(["-n", name, "rollout", "status", `deployment/${name}`, "--timeout=120s"]);
    const local = await freePort();
    const args = ["-n", name, "port-forward", `deployment/${name}`, `${local}:${port}`];
    this.forward = execa("kubectl", args, { env: sessionEnv(here), reject: false });
    await eventually(() => fetch(`http://127.0.0.1:${local}/`));
    await this.startProxy(local);
  }

  /** Forwards every request to the one server. */
  private async startProxy(to: number): Promise<void> {
    const own = await freePort();
    this.proxy = createServer((asked, answer) => {
      const { pathname, search } = new URL(asked.url ?? "", this.endpoint);
      const options = { method: asked.method, headers: asked.headers, path: pathname + search };
      const onward = request({ host: "127.0.0.1", port: to, ...options }, (answered) => {
        answer.writeHead(answered.statusCode ?? 502, answered.headers);
        answered.pipe(answer);
      });
      onward.on("error", () => answer.destroy());
      asked.pipe(onward);
    }).listen(own, "127.0.0.1");
    this.env = { http_proxy: `http://127.0.0.1:${own}`, no_proxy: "127.0.0.1,localhost" };
  }

  private deployment(image: string): object {
    const env = { ROOT_ACCESS_KEY: this.accessKey, ROOT_SECRET_KEY: this.secretKey };
    return {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [
            {
              name,
              image,
              args: [`:${port}`, "/files/buckets", "/files/metadata"],
              env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
              readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
              volumeMounts: [
                { name: "buckets", mountPath: "/files/buckets" },
                { name: "metadata", mountPath: "/files/metadata" },
              ],
            },
          ],
          securityContext: { runAsUser: 65534, fsGroup: 65534 },
          volumes: [
            { name: "buckets", emptyDir: {} },
            { name: "metadata", emptyDir: {} },
          ],
        },
      },
    };
  }

  async stop(): Promise<void> {
    this.proxy?.closeAllConnections();
    this.proxy?.close();
    this.forward?.kill();
    await this.forward;
    await kubectl(["delete", "namespace", name, "--ignore-not-found"]);
  }
}
