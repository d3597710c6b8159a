import * as assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { Controller, type Parts } from "../../../../sandbox/ingress/controller";
import type { Rendering } from "../../../../sandbox/ingress/haproxy";
import type { Model } from "../../../../sandbox/ingress/model";
import type { ClusterObjects } from "../../../../sandbox/ingress/objects";
import type { Adjustment } from "../../../../sandbox/ingress/proxy";
import { cluster, ingress, service, slice } from "../../../support/ingress-objects";

/** A HAProxy that does as it is told, and an API server that tells what it is told to. */
class Stage {
  readonly done: string[] = [];
  readonly reported: Model[] = [];
  readonly controller: Controller;
  /** What goes wrong, once each. */
  failures: string[] = [];
  #structure = "of before";
  #atWork = 0;
  #changed: (objects: ClusterObjects) => void = () => undefined;

  constructor() {
    const parts: Parts = {
      source: {
        start: (changed) => (this.#changed = changed),
        stop: () => this.done.push("stop"),
      },
      proxy: {
        adjust: (wanted) => this.#alone(() => this.#adjust(wanted)),
        save: () => this.#alone(() => void this.done.push("save")),
        reload: (wanted) =>
          this.#alone(() => {
            this.done.push("reload");
            this.#structure = wanted.structure;
          }),
      },
      hostPorts: {
        choose: (ports) => Promise.resolve(ports.map((port) => ({ ...port, hostPort: 1 }))),
        save: () => Promise.resolve(),
      },
      reporter: { report: (model) => Promise.resolve(void this.reported.push(model)) },
      listeners: { port: 8080 },
      simulatedNodes: [],
      log: (line) => this.done.push(line),
    };
    this.controller = new Controller(parts);
    this.controller.start();
  }

  set(parts: Partial<ClusterObjects>): void {
    this.#changed(cluster(parts));
  }

  /** Waits until there were so many reports. */
  async reports(count: number): Promise<void> {
    for (let attempt = 0; attempt < 300 && this.reported.length < count; attempt += 1)
      await delay(5);
    assert.equal(this.reported.length, count, this.done.join("\n"));
  }

  #adjust({ servers }: Rendering): Adjustment {
    const failure = this.failures.shift();
    if (failure === "throw") throw new Error("connect ECONNREFUSED");
    this.done.push(
      `adjust ${[...servers.values()]
        .flat()
        .map(({ name }) => name)
        .join(" ")}`.trim(),
    );
    const refused = failure === undefined ? [] : [failure];
    return { structure: this.#structure, changes: [], refused, draining: false };
  }

  async #alone<T>(work: () => T): Promise<T> {
    this.#atWork += 1;
    assert.equal(this.#atWork, 1, "two passes at once");
    await delay(1);
    this.#atWork -= 1;
    return work();
  }
}

describe("the controller of the Ingress", () => {
  const web = (pods: string[]): Partial<ClusterObjects> => ({
    services: [service("web")],
    endpointSlices: [
      slice(
        "web",
        pods.map((name, index) => ({ name, address: `10.0.0.${index}` })),
      ),
    ],
    ingresses: [ingress("web", { service: "web" })],
  });

  let stage: Stage;
  beforeEach(() => (stage = new Stage()));
  afterEach(() => stage.controller.stop());

  /** Routes to some hosts. */
  const hosts = (...names: string[]): Partial<ClusterObjects> => ({
    ...web(["a"]),
    ingresses: names.map((host) => ingress(host, { host, service: "web" })),
  });

  it("reloads for new routes, brings pods in at run time, and reports when all is done", async () => {
    stage.set(web(["a"]));
    await stage.reports(1);
    stage.set(web(["a", "b"]));
    await stage.reports(2);
    assert.deepEqual(stage.done, [
      // The first pass changes what it can, the second comes after a moment of rest.
      ...["adjust a", "adjust a", "reload", "reload: shop.test/ -> shop:web:web:80"],
      ...["adjust a", "save", "adjust a b", "save"],
    ]);
  });

  it("reloads once for routes that are created together", async () => {
    for (const names of [["x"], ["x", "y"], ["x", "y", "z"]]) stage.set(hosts(...names));
    await stage.reports(1);
    assert.deepEqual(
      stage.done.filter((line) => line.startsWith("reload: ")),
      ["reload: x/ -> shop:x:web:80, y/ -> shop:y:web:80, z/ -> shop:z:web:80"],
    );
    assert.equal(stage.reported[0]?.routes.length, 3);
  });

  it("tells what a reload changed", async () => {
    const all = ["b", "c", "d", "e", "f", "g", "h", "i"];
    stage.set(hosts("a"));
    await stage.reports(1);
    stage.set(hosts(...all));
    await stage.reports(2);
    const told = all.slice(0, 6).map((host) => `${host}/ -> shop:${host}:web:80`);
    assert.equal(
      stage.done.findLast((line) => line.startsWith("reload: ")),
      `reload: ${told.join(", ")}, and 3 more`,
    );
  });

  it("reloads when HAProxy goes on refusing a command", async () => {
    stage.set(web(["a"]));
    await stage.reports(1);
    stage.done.length = 0;
    stage.failures = ["add server x: no", "add server x: no"];
    stage.set(web(["a", "b"]));
    await stage.reports(2);
    assert.deepEqual(stage.done, [
      ...["adjust a b", "refused: add server x: no", "adjust a b", "refused: add server x: no"],
      ...["reload", "reload: no route leads elsewhere", "adjust a b", "save"],
    ]);
  });

  it("tries again when HAProxy cannot be reached", async () => {
    stage.set(web(["a"]));
    await stage.reports(1);
    stage.done.length = 0;
    stage.failures = ["throw"];
    stage.set(web(["a", "b"]));
    await stage.reports(2);
    assert.deepEqual(stage.done, ["failed: connect ECONNREFUSED", "adjust a b", "save"]);
  });
});
