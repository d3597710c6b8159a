import * as assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Collection } from "../../../sandbox/plugins/kubernetes/await/collection";
import { Client } from "../../../sandbox/plugins/kubernetes/client";
import { connect } from "../../../sandbox/plugins/kubernetes/connection";

/** A collection in front of an API server that answers lists and watches from a script. */
describe("a watched collection", () => {
  const kindGone = JSON.stringify({ reason: "NotFound", message: "the server could not find it" });
  const list = JSON.stringify({
    apiVersion: "a.test/v1",
    kind: "ValveList",
    metadata: { resourceVersion: "7" },
    items: [{ metadata: { name: "one", uid: "u" } }],
  });

  it("is empty once the kind itself is gone, though nobody said that its objects were deleted", async () => {
    const answers = [
      (response: ServerResponse) => response.end(list),
      // The watch ends without a word: the server has taken the kind's storage down.
      (response: ServerResponse) => response.end(),
      (response: ServerResponse) => response.writeHead(404).end(kindGone),
    ];
    const server = createServer((_, response) => {
      answers.shift()?.(response);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const client = new Client(
      connect({
        name: "test",
        cluster: { server: `http://127.0.0.1:${port}` },
        user: {},
      }),
      new AbortController().signal,
    );
    const collection = new Collection(
      client,
      "/apis/a.test/v1/valves",
      (object) => object.metadata.name,
    );
    const seen: number[] = [];
    try {
      await new Promise<void>((resolve, reject) => {
        const leave = collection.listen("one", {
          changed: (objects) => {
            seen.push(objects.length);
            if (objects.length > 0) return;
            leave();
            resolve();
          },
          troubled: reject,
        });
      });
    } finally {
      server.closeAllConnections();
      server.close();
    }
    assert.deepEqual(seen, [1, 0]);
  });
});
