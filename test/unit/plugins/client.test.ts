import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Client } from "../../../sandbox/plugins/kubernetes/client";

describe("an API server behind an address that moves", () => {
  let server: Server;
  let [resets, connections] = [0, 0];
  const agent = new Agent({ keepAlive: false });

  const client = (): Client => {
    const { port } = server.address() as AddressInfo;
    const access = { agent, streamAgent: agent, headers: {} };
    const connection = {
      server: new URL(`http://127.0.0.1:${port}`),
      context: "room",
      access: () => Promise.resolve(access),
    };
    return new Client(connection, new AbortController().signal);
  };

  before(async () => {
    server = createServer((_request, response) => response.end("{}"));
    server.on("connection", (socket) => {
      connections += 1;
      if (connections <= resets) socket.resetAndDestroy();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  after(() => {
    server.close();
    agent.destroy();
  });
  beforeEach(() => {
    connections = 0;
  });

  it("is asked again whether it is there when its balancer resets a connection", async () => {
    resets = 2;
    await client().probe(5_000);
    assert.equal(connections, 3);
  });

  it("is given up when that goes on, with what happened", async () => {
    resets = Infinity;
    await assert.rejects(
      client().probe(5_000),
      /\(context "room"\) cannot be reached: .*(ECONNRESET|EPIPE|hang up)/,
    );
    assert.equal(connections, 5);
  });
});
