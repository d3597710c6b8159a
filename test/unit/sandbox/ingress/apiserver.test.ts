import * as assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";
import { ApiRefusal, type ApiClient, type ApiRequest } from "../../../../sandbox/ingress/kube";
import { buildModel } from "../../../../sandbox/ingress/model";
import { keyOf, type ClusterObjects, type Ingress } from "../../../../sandbox/ingress/objects";
import { ApiServerReporter } from "../../../../sandbox/ingress/reporter";
import { ApiServerSource } from "../../../../sandbox/ingress/watch";
import { cluster, ingress, nginx } from "../../../support/ingress-objects";

/** An API server with Ingresses only, whose watches a test can feed and break. */
class FakeApi implements ApiClient {
  readonly asked: ApiRequest[] = [];
  ingresses: Ingress[] = [];
  /** Answers of `ask` to anything but a list, first come first served; then agreement. */
  refusals: number[] = [];
  down = false;
  readonly #watches: PassThrough[] = [];
  #version = 1;

  ask(wanted: ApiRequest): Promise<unknown> {
    if (this.down) return Promise.reject(new Error("connect ECONNREFUSED"));
    if (wanted.method !== undefined) {
      this.asked.push(wanted);
      const status = this.refusals.shift();
      return status === undefined
        ? Promise.resolve({})
        : Promise.reject(new ApiRefusal(status, "no"));
    }
    const items = wanted.path.endsWith("/ingresses") ? this.ingresses : [];
    return Promise.resolve({ metadata: { resourceVersion: `${this.#version}` }, items });
  }

  open(wanted: ApiRequest): Promise<IncomingMessage> {
    if (this.down) return Promise.reject(new Error("connect ECONNREFUSED"));
    const stream = Object.assign(new PassThrough(), { complete: false });
    if (wanted.path.includes("/ingresses?")) {
      this.asked.push(wanted);
      this.#watches.push(stream);
    }
    return Promise.resolve(stream as unknown as IncomingMessage);
  }

  close(): void {
    for (const watch of this.#watches) watch.destroy();
  }

  send(type: string, object: object): void {
    this.#version += 1;
    const event = {
      type,
      object: { metadata: { resourceVersion: `${this.#version}` }, ...object },
    };
    this.#watches.at(-1)?.write(`${JSON.stringify(event)}\n`);
  }

  /** Ends the last watch, as the API server does after a while, or as a broken connection does. */
  end(complete: boolean): void {
    const watch = this.#watches.at(-1);
    if (watch) Object.assign(watch, { complete }).end();
  }
}

describe("the Ingress and the API server", () => {
  const one = ingress("one", { service: "web" });
  const two = ingress("two", { host: "two.test", service: "web" });

  describe("follows its objects", () => {
    let api: FakeApi;
    let source: ApiServerSource;
    let lines: string[];
    let states: string[];
    let waiting: () => void = () => undefined;

    const start = () => {
      source.start((objects: ClusterObjects) => {
        states.push(objects.ingresses.map(({ metadata }) => keyOf(metadata)).join(" "));
        waiting();
      });
    };
    const until = async (state: string) => {
      while (states.at(-1) !== state) await new Promise<void>((resolve) => (waiting = resolve));
    };

    beforeEach(() => {
      [api, lines, states] = [new FakeApi(), [], []];
      source = new ApiServerSource(api, (line) => lines.push(line));
      api.ingresses = [one];
    });
    afterEach(() => {
      source.stop();
    });

    it("from a list and what changed since", async () => {
      start();
      await until("shop/one");
      api.send("ADDED", two);
      await until("shop/one shop/two");
      api.send("DELETED", one);
      await until("shop/two");
      assert.deepEqual(lines, []);
    });

    it("without a new list when a watch ends as it should", async () => {
      start();
      await until("shop/one");
      api.send("BOOKMARK", {});
      api.end(true);
      while (api.asked.length < 2) await new Promise(setImmediate);
      assert.match(api.asked[1]?.path ?? "", /resourceVersion=2$/);
      api.send("ADDED", two);
      await until("shop/one shop/two");
      assert.deepEqual(lines, []);
    });

    it("from a new list after a watch that broke off, or that was too old", async () => {
      start();
      await until("shop/one");
      api.ingresses = [two];
      api.end(false);
      await until("shop/two");
      api.ingresses = [one, two];
      api.send("ERROR", { message: "too old resource version" });
      await until("shop/one shop/two");
      assert.deepEqual(lines, [
        "API server: the connection broke off; listing ingresses again",
        "API server: too old resource version; listing ingresses again",
      ]);
    });

    it("once the API server is there", async () => {
      api.down = true;
      start();
      while (lines.length < 4) await new Promise(setImmediate);
      assert.deepEqual(states, []);
      api.down = false;
      await until("shop/one");
    });
  });

  describe("is told", () => {
    const strange = nginx({ "proxy-body-size": "8x" });
    const modelOf = (...ingresses: Ingress[]) => buildModel(cluster({ ingresses }), []);
    const reporter = (api: FakeApi) => new ApiServerReporter(api, () => undefined);

    it("the address of each Ingress, where it does not have it yet", async () => {
      const api = new FakeApi();
      const known = { ...two, status: { loadBalancer: { ingress: [{ ip: "127.0.0.1" }] } } };
      await reporter(api).report(modelOf(one, known));
      assert.deepEqual(api.asked, [
        {
          method: "PATCH",
          path: "/apis/networking.k8s.io/v1/namespaces/shop/ingresses/one/status",
          body: { status: { loadBalancer: { ingress: [{ ip: "127.0.0.1" }] } } },
        },
      ]);
    });

    const warned = () => ({
      ...ingress("three", { service: "web" }, strange),
      status: { loadBalancer: { ingress: [{ ip: "127.0.0.1" }] } },
    });

    it("each warning once, as an event on the Ingress", async () => {
      const api = new FakeApi();
      const reports = reporter(api);
      await reports.report(modelOf(warned()));
      await reports.report(modelOf(warned()));
      assert.equal(api.asked.length, 1);
      const { path, body } = api.asked[0] ?? { path: "" };
      assert.equal(path, "/api/v1/namespaces/shop/events");
      const { message, type, involvedObject } = body as Record<string, string>;
      assert.equal(type, "Warning");
      assert.match(message ?? "", /proxy-body-size: "8x" is not a size/);
      assert.deepEqual(involvedObject, {
        ...{ apiVersion: "networking.k8s.io/v1", kind: "Ingress" },
        ...{ namespace: "shop", name: "three", uid: "uid-three" },
      });
    });

    it("again when it comes back, under the same name", async () => {
      const api = new FakeApi();
      const reports = reporter(api);
      await reports.report(modelOf(warned()));
      await reports.report(modelOf());
      await reports.report(modelOf(warned()));
      const names = api.asked.map(({ body }) => (body as Ingress).metadata.name);
      assert.equal(names.length, 2);
      assert.equal(names[0], names[1]);
    });

    for (const status of [403, 404, 409]) {
      it(`in vain, with ${status}, when it is gone or knows it already`, async () => {
        const api = new FakeApi();
        api.refusals = [status];
        await reporter(api).report(modelOf(one));
      });
    }

    it("and a failure of the API server is one of the pass", async () => {
      const api = new FakeApi();
      api.refusals = [500];
      await assert.rejects(reporter(api).report(modelOf(one)), ApiRefusal);
    });
  });
});
