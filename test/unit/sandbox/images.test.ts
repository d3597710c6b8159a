import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { busyboxFiles } from "../../../sandbox/images/base";
import { bufferLayer, fileLayer, ociImage, type Blob } from "../../../sandbox/images/oci";
import { push } from "../../../sandbox/images/push";
import { tar } from "../../../sandbox/images/tar";

const files = () => busyboxFiles(Buffer.from("program"), ["sh", "wget"]);
const image = () => ociImage({ layers: [bufferLayer(tar(files()))], config: { Cmd: ["sh"] } });
const bytes = async ({ read }: Blob) => buffer(read());

describe("layers", () => {
  it("are tars that tar understands", () => {
    const list = execFileSync("tar", ["-tvf", "-"], { input: tar(files()), encoding: "utf8" });
    const lines = list.trim().split("\n");
    assert.deepEqual(
      lines.map((line) => line.replace(/\s+/g, " ").replace(/ \d{4}-\d\d-\d\d \d\d:\d\d/, "")),
      [
        "drwxr-xr-x 0/0 0 bin/",
        "-rwxr-xr-x 0/0 7 bin/busybox",
        "lrwxrwxrwx 0/0 0 bin/sh -> busybox",
        "lrwxrwxrwx 0/0 0 bin/wget -> busybox",
        "drwxr-xr-x 0/0 0 etc/",
        "-rw-r--r-- 0/0 67 etc/passwd",
        "drwxrwxrwt 0/0 0 tmp/",
      ],
    );
  });

  it("refuse a path that the format has no room for", () => {
    const path = "a".repeat(101);
    assert.throws(() => tar([{ kind: "directory", path: path.slice(1) }]), /too long/);
    assert.throws(() => tar([{ kind: "file", path, content: Buffer.alloc(0) }]), /too long/);
  });

  it("are the same from memory and from disk", async () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-layer-"));
    const path = join(folder, "layer.tar");
    writeFileSync(path, tar(files()));
    const { digest, size } = await fileLayer(path);
    rmSync(folder, { recursive: true });
    const { digest: inMemory, size: sizeInMemory } = bufferLayer(tar(files()));
    assert.deepEqual([digest, size], [inMemory, sizeInMemory]);
  });
});

describe("images", () => {
  it("have the same digest each time, and another one for other files", () => {
    assert.equal(image().manifest.digest, image().manifest.digest);
    const other = ociImage({
      layers: [bufferLayer(tar(files().slice(1)))],
      config: { Cmd: ["sh"] },
    });
    assert.notEqual(other.manifest.digest, image().manifest.digest);
  });

  it("describe their parts by size and digest of the very bytes", async () => {
    const { manifest, config, layers } = image();
    for (const blob of [manifest, config, ...layers]) {
      const content = await bytes(blob);
      const hash = createHash("sha256").update(content).digest("hex");
      assert.deepEqual([blob.digest, blob.size], [`sha256:${hash}`, content.length]);
    }
    const parsed = JSON.parse((await bytes(manifest)).toString()) as {
      config: { digest: string };
      layers: { digest: string }[];
    };
    assert.equal(parsed.config.digest, config.digest);
    assert.deepEqual(
      parsed.layers.map(({ digest }) => digest),
      layers.map(({ digest }) => digest),
    );
  });
});

describe("push", () => {
  let server: Server;
  let requests: string[] = [];
  const kept = new Map<string, Buffer>();
  const digestOf = (content: Buffer) =>
    `sha256:${createHash("sha256").update(content).digest("hex")}`;

  /** A registry's four answers, as the OCI distribution specification has them. */
  async function answer(request: IncomingMessage): Promise<[number, Record<string, string>]> {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://registry");
    requests.push(`${request.method ?? ""} ${pathname.replace(/[0-9a-f]{64}/, "…")}`);
    if (request.method === "HEAD") {
      const found = kept.get(pathname.split("/").at(-1) ?? "");
      return found === undefined ? [404, {}] : [200, { "docker-content-digest": digestOf(found) }];
    }
    if (request.method === "POST") return [202, { location: `${pathname}1?state=x` }];
    const content = await buffer(request);
    const name = searchParams.get("digest") ?? pathname.split("/").at(-1) ?? "";
    const fits = !name.startsWith("sha256:") || name === digestOf(content);
    if (!fits || !["x", null].includes(searchParams.get("state"))) return [400, {}];
    kept.set(name, content);
    return [201, {}];
  }

  before(async () => {
    server = createServer((request, response) => {
      void answer(request).then(([status, headers]) => response.writeHead(status, headers).end());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  after(() => server.close());
  beforeEach(() => {
    requests = [];
    kept.clear();
  });

  const name = () => `127.0.0.1:${(server.address() as AddressInfo).port}/slipway/busybox`;

  it("sends layers and configuration, then the manifest, and names the image by digest", async () => {
    const reference = await push(image(), `${name()}:latest`);
    assert.equal(reference, `${name()}@${image().manifest.digest}`);
    assert.deepEqual(
      requests.filter((line) => !line.startsWith("HEAD")),
      [
        "POST /v2/slipway/busybox/blobs/uploads/",
        "PUT /v2/slipway/busybox/blobs/uploads/1",
        "POST /v2/slipway/busybox/blobs/uploads/",
        "PUT /v2/slipway/busybox/blobs/uploads/1",
        "PUT /v2/slipway/busybox/manifests/latest",
      ],
    );
  });

  it("sends nothing that exists", async () => {
    await push(image(), `${name()}:latest`);
    requests = [];
    await push(image(), `${name()}:latest`);
    assert.deepEqual(requests, ["HEAD /v2/slipway/busybox/manifests/latest"]);
  });

  it("sends only what is new", async () => {
    await push(image(), `${name()}:latest`);
    requests = [];
    const other = ociImage({ layers: image().layers, config: { Cmd: ["wget"] } });
    await push(other, `${name()}:latest`);
    assert.equal(requests.filter((line) => line.startsWith("POST")).length, 1);
  });

  it("reports what the registry refused", async () => {
    const wrong = { ...image().config, digest: `sha256:${"0".repeat(64)}` };
    const broken = { ...image(), config: wrong, manifest: { ...wrong, digest: "sha256:1" } };
    await assert.rejects(push(broken, `${name()}:other`), /PUT .* the registry answers 400/);
  });

  it("refuses a name without a tag", async () => {
    await assert.rejects(push(image(), "127.0.0.1:1/x"), /not an image name/);
  });
});
