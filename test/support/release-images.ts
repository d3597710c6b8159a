import { join } from "node:path";
import { imageRepository } from "../../components/shared/names";
import { readContract } from "../../components/cluster/sandbox";
import { bufferLayer, fileLayer, ociImage } from "../../sandbox/images/oci";
import { push } from "../../sandbox/images/push";
import { nodeLayer } from "../../sandbox/images/rootfs";
import { tar } from "../../sandbox/images/tar";
import { layout } from "../../sandbox/layout";
import { silent } from "../../sandbox/progress";
import { contractPath } from "../../sandbox/contract";

/** Behaviour of a version of the test's back end. */
export type Behaviour =
  | "good"
  /** Ends at once, with `plantedLine` in its log. */
  | "crashes"
  /** Runs, but never reports healthy. */
  | "sick"
  /** Reports healthy, and answers everything else with 500. */
  | "wrong";

/** Last log line of a version that crashes. */
export const plantedLine = "planted: the parcel table has no column `weight`";

/**
 * Pushes a version of a back end to the sandbox registry, without a build: Node on the template's layer and one file. It answers
 * with its version, its pod and its variable LEVEL in headers and the request in the body, after `?ms=` if given, echoes data on
 * an upgraded connection, counts its answers at /metrics, and keeps running for a moment after SIGTERM. It listens on the port in
 * its variable LISTEN, if set. Returns the digest.
 */
export async function pushVersion(args: {
  project: string;
  port: number;
  version: string;
  behaviour?: Behaviour;
}): Promise<string> {
  const { project, port, version, behaviour = "good" } = args;
  const here = layout();
  const { registry } = readContract(contractPath(here));
  const content = Buffer.from(server({ port, version, behaviour }));
  const layer = tar([{ kind: "file", path: "server.mjs", mode: 0o644, content }]);
  const image = ociImage({
    layers: [await fileLayer(await nodeLayer(here.cache, silent)), bufferLayer(layer)],
    config: { User: "65532", Entrypoint: ["/usr/bin/node", "/server.mjs"] },
  });
  const name = join(registry, imageRepository("back", project));
  const ref = await push(image, `${name}:${version}`);
  return ref.slice(ref.indexOf("sha256:"));
}

function server({ port, version, behaviour }: Omit<Parameters<typeof pushVersion>[0], "project">) {
  if (behaviour === "crashes") {
    return `console.error(${JSON.stringify(plantedLine)});\nprocess.exit(1);\n`;
  }
  return `
    import { createServer } from "node:http";
    import { hostname } from "node:os";
    const answered = {};
    const server = createServer((request, response) => {
      if (request.url === "/metrics") {
        const pod = \`pod="\${hostname()}"\`;
        const lines = Object.entries(answered).map(([code, n]) => \`http_requests_total{\${pod},code="\${code}"} \${n}\\n\`);
        lines.push(\`served_by{\${pod}} 1\\n\`, \`version_letters{\${pod}} ${version.length}\\n\`);
        response.setHeader("content-type", "text/plain; version=0.0.4");
        return response.end(lines.join(""));
      }
      response.setHeader("x-version", ${JSON.stringify(version)});
      response.setHeader("x-pod", hostname());
      response.setHeader("x-level", process.env.LEVEL ?? "none");
      const health = request.url === "/healthz";
      response.statusCode = health ? ${behaviour === "sick" ? 503 : 200} : ${behaviour === "wrong" ? 500 : 200};
      if (!health) answered[response.statusCode] = 1 + (answered[response.statusCode] ?? 0);
      let bytes = 0;
      request.on("data", (chunk) => (bytes += chunk.length));
      request.on("end", () => {
        const { url, headers } = request;
        const wait = Number(new URL(url, "http://pod").searchParams.get("ms"));
        setTimeout(() => response.end(JSON.stringify({ url, headers, bytes })), wait);
      });
    });
    server.on("upgrade", (request, socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: echo\\r\\nConnection: Upgrade\\r\\n\\r\\n");
      socket.pipe(socket);
    });
    server.listen(Number(process.env.LISTEN ?? ${port}));
    process.on("SIGTERM", () => {
      server.close(() => process.exit(0));
      server.closeIdleConnections();
    });
  `;
}
