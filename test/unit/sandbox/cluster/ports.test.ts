import * as assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../../../components/shared/problem";
import {
  ensurePorts,
  portsPath,
  readPorts,
  refuseTakenPorts,
} from "../../../../sandbox/cluster/ports";

describe("ports of the sandbox", () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-ports-"));
  const layout = { name: "test", id: "0000ffff", cache: "/cache", state: join(folder, "state") };
  after(() => {
    rmSync(folder, { recursive: true });
  });

  async function taken<T>(port: number, work: () => Promise<T>): Promise<T> {
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    try {
      return await work();
    } finally {
      server.close();
      await once(server, "close");
    }
  }

  it("are free, below those of Kubernetes and of outgoing connections, and kept", async () => {
    const ports = await ensurePorts(layout);
    const numbers = Object.values(ports);
    assert.equal(new Set(numbers).size, numbers.length);
    assert.ok(numbers.every((port) => port >= 20_000 && port < 30_000));
    await refuseTakenPorts(layout, ports, ["apiserver", "etcd"]);
    await taken(ports.registry, async () => {
      assert.deepEqual(await ensurePorts(layout), ports);
    });
    assert.deepEqual(readPorts(layout), ports);
  });

  it("pass by what is taken when they are chosen", async () => {
    const { apiserver } = await ensurePorts(layout);
    const other = { ...layout, state: join(folder, "other") };
    const chosen = await taken(apiserver, () => ensurePorts(other));
    assert.ok(!Object.values(chosen).includes(apiserver));
  });

  it("are chosen for what an earlier version did not have, and the others stay", async () => {
    const earlier = { ...layout, state: join(folder, "earlier") };
    const { ingressTls, ...kept } = await ensurePorts(earlier);
    writeFileSync(portsPath(earlier), JSON.stringify(kept));
    const ports = await ensurePorts(earlier);
    assert.deepEqual(ports, { ...kept, ingressTls: ports.ingressTls });
    assert.ok(!Object.values(kept).includes(ports.ingressTls) && ingressTls > 0);
    assert.deepEqual(await ensurePorts(earlier), ports);
  });

  it("stop a start when another process has one, and name it", async () => {
    const ports = await ensurePorts(layout);
    await taken(ports.registry, async () => {
      await assert.rejects(
        refuseTakenPorts(layout, ports, ["apiserver", "registry"]),
        (error) =>
          error instanceof UserError &&
          error.message.includes(`127.0.0.1:${ports.registry} (registry)`) &&
          !error.message.includes("(apiserver)"),
      );
    });
  });
});
