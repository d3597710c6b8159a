import * as assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { connect } from "node:http2";
import { createServer, type AddressInfo } from "node:net";
import { readNodePorts } from "../../sandbox/ingress/hostports";
import type { ClusterObjects } from "../../sandbox/ingress/objects";
import { IngressLab, labProblem } from "../support/ingress-lab";
import { ingress, nginx, service, slice, type Pod } from "../support/ingress-objects";
import { startLoad, type LoadOptions, type LoadReport } from "../../sandbox/room/load";

const pods = {
  a1: { name: "stable-a1", address: "10.99.0.1" },
  a2: { name: "stable-a2", address: "10.99.0.2" },
  a3: { name: "stable-a3", address: "10.99.0.3" },
  b1: { name: "canary-b1", address: "10.99.0.11" },
  b2: { name: "canary-b2", address: "10.99.0.12" },
};

const leaving = { ready: false, serving: true, terminating: true };
const host = { host: "shop.test" };

/** A main version and, with annotations for one, a canary beside it. */
function shop(
  stable: readonly Pod[],
  canary?: { annotations: Record<string, string>; pods: readonly Pod[] },
): Partial<ClusterObjects> {
  const annotations = canary && nginx({ canary: "true", ...canary.annotations });
  return {
    services: [service("stable"), service("canary")],
    endpointSlices: [slice("stable", stable), slice("canary", canary?.pods ?? [])],
    ingresses: [
      ingress("shop", { ...host, service: "stable" }),
      ...(annotations ? [ingress("shop-canary", { ...host, service: "canary" }, annotations)] : []),
    ],
  };
}

describe("the sandbox's Ingress under load", function () {
  this.timeout(120_000);
  const lab = new IngressLab();

  before(async function () {
    const problem = labProblem();
    if (problem !== undefined) {
      // Needs a machine on which network namespaces may be made; `labProblem` says what is missing.
      console.log(`      skipped: ${problem}`);
      this.skip();
    }
    await lab.start();
    const { a1, a2, b1, b2 } = pods;
    for (const { name, address } of [a1, a2]) await lab.startPod(name, address, "v1");
    for (const { name, address } of [b1, b2]) await lab.startPod(name, address, "v2");
  });

  after(() => lab.stop());

  const load = (options: Partial<LoadOptions> = {}) =>
    startLoad({
      ...{ url: lab.url, headers: host, versionHeader: "x-version", maxSeconds: 60, ...options },
    });

  /** Sends load on kept and on new connections while something happens, and for a while after. */
  async function during(happening: () => Promise<void>, options: Partial<LoadOptions> = {}) {
    const running = load(options);
    await running.answered(200);
    await happening();
    await running.answered(1_000);
    return running.stop();
  }

  it("loses no request over the weights 0, 50, 100, 0, and splits as they say", async () => {
    const { a1, a2, b1, b2 } = pods;
    const reports: LoadReport[] = [];
    const steps = async () => {
      for (const weight of [0, 50, 100, 0]) {
        await lab.apply(shop([a1, a2], canary({ "canary-weight": `${weight}` }, [b1, b2])));
        reports.push(await load({ maxRequests: 2_000 }).finished);
      }
    };
    await lab.apply(shop([a1, a2]));
    noneLost(await during(steps));
    reports.forEach(noneLost);
    const shares = reports.map(({ versions, requests }) => (versions["v2"] ?? 0) / requests);
    assert.deepEqual([shares[0], shares[2], shares[3]], [0, 1, 0]);
    // Five standard deviations of 2 000 throws of a coin.
    assert.ok(
      Math.abs((shares[1] ?? 0) - 0.5) < 0.056,
      `${shares[1]} went to the canary, not half`,
    );
  });

  it("changes weights and pods without a reload", async () => {
    const { a1, a2, b1 } = pods;
    const policy = (weight: number) => canary({ "canary-weight": `${weight}` }, [b1]);
    await lab.apply(shop([a1, a2], policy(10)));
    lab.lines.length = 0;
    await lab.apply(shop([a1, a2], policy(90)));
    await lab.apply(shop([a1], policy(90)));
    await lab.apply(shop([a1, a2], policy(10)));
    assert.deepEqual(lab.lines, [
      "runtime: shop:shop-canary:canary:80 10% -> 90%",
      "runtime: shop:shop:stable:80 -stable-a2",
      "runtime: shop:shop-canary:canary:80 -main:stable-a2",
      "runtime: shop:shop:stable:80 +stable-a2",
      "runtime: shop:shop-canary:canary:80 +main:stable-a2 90% -> 10%",
    ]);
  });

  it("lets a header decide before a cookie, and a cookie before the weight", async () => {
    const { a1, b1 } = pods;
    const by = { "canary-by-header": "X-Canary", "canary-by-cookie": "canary" };
    await lab.apply(shop([a1], canary({ ...by, "canary-weight": "0" }, [b1])));
    const cases: [Record<string, string>, string][] = [
      [{}, "v1"],
      [{ "x-canary": "always" }, "v2"],
      [{ "x-canary": "never", cookie: "canary=always" }, "v1"],
      [{ "x-canary": "other", cookie: "canary=always" }, "v2"],
      [{ cookie: "other=1; canary=always" }, "v2"],
    ];
    for (const [headers, version] of cases) {
      const report = await load({ headers: { ...host, ...headers }, maxRequests: 50 }).finished;
      assert.deepEqual(report.versions, { [version]: 50 }, JSON.stringify(headers));
    }
  });

  it("loses no request when all pods are replaced one by one", async () => {
    const { a1, a2, a3 } = pods;
    await lab.apply(shop([a1, a2]));
    const roll = async () => {
      await lab.startPod(a3.name, a3.address, "v3");
      for (const [before, old, rest] of [
        [[a1, a2, a3], a1, [a2, a3]],
        [[a2, a3], a2, [a3]],
      ] as const) {
        await lab.apply(shop(before));
        // The kubelet ends the pod at the moment the API server marks its endpoint.
        lab.set(shop([...rest, { ...old, conditions: leaving }]));
        await lab.endPod(old.name, "SIGTERM");
        await lab.apply(shop(rest));
      }
    };
    const report = await during(roll);
    noneLost(report);
    assert.ok((report.versions["v3"] ?? 0) > 0);
    for (const { name, address } of [a1, a2]) await lab.startPod(name, address, "v1");
  });

  it("loses no request when a pod is killed and others are ready", async () => {
    const { a1, a2, a3 } = pods;
    await lab.apply(shop([a1, a2, a3]));
    noneLost(await during(() => lab.endPod(a3.name, "SIGKILL")));
    await lab.apply(shop([a1, a2]));
  });

  it("asks the main version while the only pod of a canary is dead", async () => {
    const { a1, a2, b1, b2 } = pods;
    await lab.apply(shop([a1, a2], canary({ "canary-weight": "100" }, [b2])));
    const report = await during(() => lab.endPod(b2.name, "SIGKILL"));
    noneLost(report);
    assert.ok((report.versions["v1"] ?? 0) > 0 && (report.versions["v2"] ?? 0) > 0);
    await lab.apply(shop([a1, a2], canary({ "canary-weight": "100" }, [b1])));
    assert.deepEqual((await load({ maxRequests: 100 }).finished).versions, { v2: 100 });
  });

  it("loses no request over ten reloads", async () => {
    const { a1, a2 } = pods;
    await lab.apply(shop([a1, a2]));
    lab.lines.length = 0;
    const reloads = async () => {
      for (let round = 0; round < 10; round += 1) {
        const objects = shop([a1, a2]);
        const other = ingress("other", { host: `other-${round}.test`, service: "stable" });
        await lab.apply({ ...objects, ingresses: [...(objects.ingresses ?? []), other] });
      }
    };
    noneLost(await during(reloads));
    assert.equal(lab.lines.filter((line) => line.startsWith("reload:")).length, 10);
  });

  it("serves an idle connection of before a reload from the pods of after it", async () => {
    const { a1, a2 } = pods;
    await lab.apply(shop([a1]));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    assert.equal(await podOf(lab.url, agent), a1.name);
    const objects = shop([a2]);
    const other = ingress("other", { host: "later.test", service: "stable" });
    await lab.apply({ ...objects, ingresses: [...(objects.ingresses ?? []), other] });
    await lab.endPod(a1.name, "SIGKILL");
    assert.equal(await podOf(lab.url, agent), a2.name);
    agent.destroy();
    await lab.startPod(a1.name, a1.address, "v1");
  });

  it("finishes a slow request whose pod leaves and whose worker is replaced", async () => {
    const { a1, a2 } = pods;
    await lab.apply(shop([a1]));
    const slow = answer(`${lab.url}/?ms=1500`);
    await lab.apply(shop([a2]));
    await lab.apply({ ...shop([a2]), ingresses: [] });
    const { status, headers } = await slow;
    assert.deepEqual([status, headers["x-pod"]], [200, a1.name]);
  });

  it("says what is missing", async () => {
    const { a1 } = pods;
    const unready = { ...a1, conditions: { ready: false } };
    const simulated = { ...a1, node: "simulated" };
    const cases: [Partial<ClusterObjects>, string, string][] = [
      [shop([a1]), "/", ""],
      [shop([unready]), "/", "503: no pod of Service shop/stable is ready on port 80.\n"],
      [{ ...shop([a1]), services: [] }, "/", "503: there is no Service shop/stable.\n"],
      [
        shop([simulated]),
        "/",
        "503: the pods of Service shop/stable run on a simulated node and cannot answer.\n",
      ],
      [{}, "/", "404: no Ingress serves host shop.test.\n"],
      [
        { ...shop([a1]), ingresses: [ingress("shop", { path: "/api", service: "stable" })] },
        "/apis",
        "404: no Ingress of host shop.test serves path /apis.\n",
      ],
    ];
    for (const [objects, path, text] of cases) {
      await lab.apply(objects);
      const got = await answer(`${lab.url}${path}`);
      assert.equal(got.status === 200 ? "" : got.text, text);
    }
  });

  it("honours rewriting, body size, source ranges and the Host for the pod", async () => {
    const { a1 } = pods;
    const { services = [], endpointSlices = [] } = shop([a1]);
    const route = { path: "/old(/|$)(.*)", pathType: "ImplementationSpecific", service: "stable" };
    const wishes = {
      ...{ "rewrite-target": "/new/$2", "use-regex": "true", "upstream-vhost": "inner.test" },
      ...{ "proxy-body-size": "1k", "whitelist-source-range": "127.0.0.0/8" },
    };
    const rewriting = ingress(
      "shop",
      { ...route, pathType: "ImplementationSpecific" },
      nginx(wishes),
    );
    await lab.apply({ services, endpointSlices, ingresses: [rewriting] });
    const got = await answer(`${lab.url}/old/x/y?q=1`);
    const seen = JSON.parse(got.text) as { url: string; headers: Record<string, string> };
    assert.equal(seen.url, "/new/x/y?q=1");
    assert.equal(seen.headers["host"], "inner.test");
    assert.equal(seen.headers["x-forwarded-host"], "shop.test");
    assert.equal(seen.headers["x-forwarded-for"], "127.0.0.1");

    const post = (body: string) =>
      load({ url: `${lab.url}/old/`, method: "POST", body, maxRequests: 8 });
    assert.deepEqual((await post("x".repeat(1024)).finished).statuses, { 200: 8 });
    assert.deepEqual((await post("x".repeat(1025)).finished).statuses, { 413: 8 });

    const strangers = nginx({ "whitelist-source-range": "10.0.0.0/8" });
    await lab.apply({
      ...shop([a1]),
      ingresses: [ingress("shop", { service: "stable" }, strangers)],
    });
    assert.equal((await answer(lab.url)).status, 403);
  });

  it("passes a connection on that is upgraded", async () => {
    await lab.apply(shop([pods.a1]));
    const headers = { ...host, connection: "Upgrade", upgrade: "echo" };
    const outgoing = get(lab.url, { agent: false, headers });
    const [, socket] = (await once(outgoing, "upgrade")) as [
      IncomingMessage,
      NodeJS.ReadWriteStream,
    ];
    socket.write("hello");
    const [echo] = (await once(socket, "data")) as [Buffer];
    assert.equal(echo.toString(), "hello");
    socket.end();
  });

  it("speaks HTTP/2 with a client that begins so", async () => {
    await lab.apply(shop([pods.a1]));
    const session = connect(lab.url);
    const stream = session.request({ ":path": "/", ":authority": "shop.test" });
    const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
    assert.deepEqual([headers[":status"], headers["x-pod"]], [200, pods.a1.name]);
    session.destroy();
  });

  it("shows a node port on the host, and on another port where that is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port: taken } = other.address() as AddressInfo;
    const ports = [{ name: "http", port: 80, nodePort: taken }];
    const exposed = service("stable", { type: "NodePort", ports });
    await lab.apply({ ...shop([pods.a1]), services: [exposed] });
    const [entry] = await readNodePorts(lab.nodePorts);
    assert.ok(entry && entry.nodePort === taken && entry.hostPort > taken, JSON.stringify(entry));
    const { text, status } = await answer(`http://127.0.0.1:${entry.hostPort}`);
    assert.equal(status, 200, text);
    other.close();
  });

  it("starts with the last configuration when nobody tells it another", async () => {
    const { a1, a2 } = pods;
    await lab.apply(shop([a1]));
    await lab.apply(shop([a2]));
    await lab.stopController();
    await lab.killHaproxy();
    await lab.startHaproxy();
    assert.equal((await answer(lab.url)).headers["x-pod"], a2.name);
    lab.lines.length = 0;
    lab.startController();
    await lab.apply(shop([a2]));
    const changes = lab.lines.filter((line) => !line.startsWith("failed: connect"));
    assert.deepEqual(changes, []);
  });

  it("logs each request with backend, server, status and times", async () => {
    await lab.apply(shop([pods.a1]));
    await answer(`${lab.url}/logged`);
    const line = lab.accessLog().findLast((each) => each.includes("/logged"));
    assert.match(
      line ?? "",
      /"shop\.test" GET "\/logged" status=200 bytes=\d+ backend=shop:shop:stable:80 server=stable-a1 wait=\d+ connect=\d+ response=\d+ total=\d+ retries=0 end=----$/,
    );
  });
});

const canary = (annotations: Record<string, string>, pods_: readonly Pod[]) => ({
  annotations,
  pods: pods_,
});

function noneLost(report: LoadReport): void {
  assert.equal(report.failures, 0, JSON.stringify(report, undefined, 2));
}

interface Answer {
  status: number;
  headers: IncomingMessage["headers"];
  text: string;
}

async function answer(url: string, agent: Agent | false = false): Promise<Answer> {
  const outgoing = get(url, { agent, headers: { host: "shop.test" } });
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

const podOf = async (url: string, agent: Agent) => (await answer(url, agent)).headers["x-pod"];
