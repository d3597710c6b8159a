import * as assert from "node:assert/strict";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { connect } from "node:http2";
import { createAuthority, issue } from "../../sandbox/cluster/pki/certificate";
import { readPorts } from "../../sandbox/cluster/ports";
import { eventually } from "../../sandbox/eventually";
import { layout } from "../../sandbox/layout";
import { ask, type Answer, type Question } from "../support/ask";
import { ReleaseLab } from "../support/release-lab";
import { itAll, walk } from "../support/suites";

type Asked = Omit<Question, "port" | "host"> & { host?: string };
type Row = [what: string, asked: Asked, status: number];

/**
 * The behaviour of an Ingress with Traefik as it runs everywhere: its DaemonSet, the Ingress of one project and of several, and
 * its canary are the program's own, on real pods, with load during changes.
 */
walk("requests by an Ingress", function () {
  this.timeout(600_000);
  const lab = new ReleaseLab();
  const host = "sjzy-package-api.localhost";

  const asking = (asked: Asked): Promise<Answer> => {
    const { ingress, ingressTls } = readPorts(layout());
    return ask({ host, port: asked.tls === true ? ingressTls : ingress, ...asked });
  };
  /** A change affects routes, too, which takes a moment. */
  const answers = (rows: readonly Row[]): Promise<void> =>
    eventually(async () => {
      for (const [what, asked, status] of rows) {
        const { body, ...answer } = await asking(asked);
        assert.equal(answer.status, status, `${what}: ${body}`);
      }
    });
  /** Versions that answer requests one after the other, with their counts. */
  const versions = async (count: number, headers: Record<string, string> = {}) => {
    const counts: Record<string, number> = {};
    for (let asked = 0; asked < count; asked += 1) {
      const { headers: told } = await asking({ headers });
      const version = String(told["x-version"]);
      counts[version] = (counts[version] ?? 0) + 1;
    }
    return counts;
  };
  const release = async (version: string): Promise<void> => {
    const digest = await lab.version(version);
    await lab.unharmed(() => lab.release(digest));
  };
  const settings = (...lines: string[]): void => {
    lab.settings(["replicas: 2", ...lines, ""].join("\n"));
  };
  const approved = (...weights: number[]): string =>
    weights.map((weight) => `{ weight: ${weight}, pause: approval }`).join(", ");

  before(async () => {
    await lab.start("replicas: 2\n");
    await release("v1");
    await lab.serves("v1");
  });
  after(async () => {
    console.log(`      ${lab.requests} requests under load`);
    await lab.stop();
  });

  it("are led by their host, whatever the path", async () => {
    await answers([
      ["its own", {}, 200],
      ["in capitals, with a port", { host: "SJZY-Package-Api.localhost:8080" }, 200],
      ["any path", { path: "/a/b?c=d" }, 200],
      ["a body of two megabytes", { method: "POST", body: "x".repeat(2 ** 21) }, 200],
      ["HTTPS", { tls: true }, 200],
      ["nobody's", { host: "nobody.localhost" }, 404],
      ["nobody's by HTTPS", { host: "nobody.localhost", tls: true }, 404],
    ]);
  });

  it("reach the pod as they were sent, with the client's address and scheme, whatever the client claims", async () => {
    const claimed = { "x-forwarded-for": "10.9.1.1", "x-forwarded-proto": "ftp" };
    for (const tls of [false, true]) {
      const { body } = await asking({ path: "/a%2Fb/%E4?q=%2F;r=1&s", headers: claimed, tls });
      const seen = JSON.parse(body) as { url: string; headers: Record<string, string> };
      // A semicolon is encoded, and stays part of its value.
      assert.equal(seen.url, "/a%2Fb/%E4?q=%2F%3Br=1&s");
      assert.equal(seen.headers["host"], host);
      assert.equal(seen.headers["x-forwarded-proto"], tls ? "https" : "http");
      assert.match(seen.headers["x-forwarded-for"] ?? "", /^10\.24\d\.\d+\.\d+$/);
    }
  });

  it("may become another protocol, or be HTTP/2 from the beginning", async () => {
    const { ingress: port } = readPorts(layout());
    const upgrade = { host, connection: "Upgrade", upgrade: "echo" };
    const outgoing = get({ host: "127.0.0.1", port, agent: false, headers: upgrade });
    const [, socket] = (await once(outgoing, "upgrade")) as [
      IncomingMessage,
      NodeJS.ReadWriteStream,
    ];
    socket.write("hello");
    const [echo] = (await once(socket, "data")) as [Buffer];
    socket.end();
    assert.equal(echo.toString(), "hello");
    const session = connect(`http://127.0.0.1:${port}`);
    const stream = session.request({ ":path": "/", ":authority": host });
    const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
    session.destroy();
    assert.deepEqual([headers[":status"], headers["x-version"]], [200, "v1"]);
  });

  it("have an address to be sent to, which is Traefik's", async () => {
    const query = "jsonpath={.status.loadBalancer.ingress[0].ip}";
    const told = await lab.kubectl("get", "ingress", "sjzy-front-ingress", "--output", query);
    const args = ["get", "service", "traefik", "--namespace=ingress"];
    assert.equal(told, await lab.kubectl(...args, "--output=jsonpath={.spec.clusterIP}"));
  });

  it("go to a canary by a header's value or a cookie, without a weight", async () => {
    const to = "header: { name: X-Canary, value: beta }, cookie: try";
    settings(`strategy: { kind: canary, steps: [${approved(0, 20)}], ${to} }`);
    await release("v2");
    await eventually(async () => {
      assert.deepEqual(await versions(20, { "x-canary": "beta" }), { v2: 20 });
    });
    const rows: [headers: Record<string, string>, version: string][] = [
      [{}, "v1"],
      [{ "x-canary": "always" }, "v1"],
      [{ cookie: "other=1; try=always" }, "v2"],
      [{ cookie: "try=never" }, "v1"],
      [{ "x-canary": "beta", cookie: "try=never" }, "v2"],
    ];
    for (const [headers, version] of rows)
      assert.deepEqual(await versions(20, headers), { [version]: 20 }, JSON.stringify(headers));
  });

  it("go to a canary by its weight, exactly, and are all its own in the end", async () => {
    await release("v2");
    await eventually(async () => {
      assert.deepEqual(await versions(500), { v1: 400, v2: 100 });
    });
    assert.deepEqual(await versions(20, { cookie: "try=never" }), { v1: 20 });
    assert.deepEqual(await versions(20, { cookie: "try=always" }), { v2: 20 });
    await release("v2");
    await lab.serves("v2");
  });

  itAll("go to a canary, or not, by a header without a value", async () => {
    const header = "header: { name: X-Canary }";
    settings(`strategy: { kind: canary, steps: [${approved(50)}], ${header} }`);
    await release("v3");
    await eventually(async () => {
      assert.deepEqual(await versions(20, { "x-canary": "always" }), { v3: 20 });
    });
    assert.deepEqual(await versions(20, { "x-canary": "never" }), { v2: 20 });
    assert.deepEqual(await versions(20, { "x-canary": "other" }), { v2: 10, v3: 10 });
    await release("v3");
    await lab.serves("v3");
  });

  it("are led by host and path where a project has an Ingress of its own", async () => {
    settings("hosts: [shop.localhost, other.localhost]", "path: /shop", "ingress: own");
    await lab.program.up();
    await answers(
      ["shop.localhost", "other.localhost"].flatMap((each): Row[] => [
        ["its path", { host: each, path: "/shop" }, 200],
        ["below its path", { host: each, path: "/shop/a?b" }, 200],
        ["another that begins so", { host: each, path: "/shopping" }, 404],
        ["another", { host: each }, 404],
      ]),
    );
    await answers([["the host that it had", {}, 404]]);
  });

  it("are none the wiser while others' Ingresses come and go", async () => {
    settings();
    await lab.program.up();
    await answers([["its host", {}, 200]]);
    await lab.unharmed(async () => {
      for (const round of Array(5).keys()) {
        const other = `other-${round}.localhost`;
        await lab.apply(foreign(`other-${round}`, other));
        await answers([["the new one", { host: other }, 200]]);
      }
      await lab.kubectl("delete", "ingress", "--selector=of=test");
    });
    await answers([["the last one, gone", { host: "other-4.localhost" }, 404]]);
  });

  itAll("are finished, however slow, by a pod that is going", async () => {
    const { ingress } = readPorts(layout());
    settings("strategy: rolling");
    const url = `http://127.0.0.1:${ingress}/?ms=3000`;
    const slow = lab.load({ url, keepAlive: 4, newConnections: 4 });
    await release("v4");
    await lab.serves("v4");
    const { failures, examples, requests } = await slow.stop();
    assert.ok(failures === 0 && requests > 8, examples.join("\n"));
  });

  // Features in others' Ingress objects, written for the controller that the class was named after.
  const wishes: [annotations: Record<string, string>, rows: Row[]][] = [
    [
      { "whitelist-source-range": "10.9.0.0/16" },
      [
        ["somebody from elsewhere", {}, 403],
        ["and whoever pretends", { headers: { "x-forwarded-for": "10.9.1.1" } }, 403],
      ],
    ],
    [{ "whitelist-source-range": "10.240.0.0/14" }, [["somebody from there", {}, 200]]],
    [
      { "proxy-body-size": "1k", "proxy-request-buffering": "on" },
      [
        ["as large as allowed", { method: "POST", body: "x".repeat(1024) }, 200],
        ["larger", { method: "POST", body: "x".repeat(1025) }, 413],
      ],
    ],
    [
      { "proxy-body-size": "1k" },
      [["not looked at without buffering", { method: "POST", body: "x".repeat(4096) }, 200]],
    ],
    [{ "force-ssl-redirect": "true" }, [["sent to HTTPS", {}, 308]]],
    [{ "configuration-snippet": "deny all;" }, [["left out altogether", {}, 404]]],
  ];
  for (const [annotations, rows] of wishes) {
    itAll(`are treated as ${JSON.stringify(annotations)} asks`, async () => {
      const other = "wish.localhost";
      await lab.apply(foreign("wish", other, annotations));
      await answers(rows.map(([what, asked, status]) => [what, { host: other, ...asked }, status]));
    });
  }

  itAll("are answered by HTTPS with the certificate of their host, and sent there", async () => {
    const other = "secure.localhost";
    const now = new Date();
    const identity = { name: other, authority: "ca", commonName: other } as const;
    const authority = await createAuthority("test", now);
    const pair = await issue(authority, { ...identity, usage: "server", hosts: [other] }, now);
    await lab.apply({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "secure" },
      type: "kubernetes.io/tls",
      stringData: { "tls.crt": pair.certificate, "tls.key": pair.key },
    });
    const object = foreign("secure", other);
    const tls = [{ hosts: [other], secretName: "secure" }];
    await lab.apply({ ...object, spec: { ...object.spec, tls } });
    await answers([
      ["by HTTP", { host: other }, 308],
      ["by HTTPS", { host: other, tls: true }, 200],
    ]);
    assert.equal((await asking({ host: other, tls: true })).certificate, other);
    await lab.kubectl("delete", "ingress,secret", "secure");
  });

  it("are waited for by a Traefik that may not read all that it routes by: it does not become ready", async () => {
    const role = await lab.kubectl("get", "clusterrole", "slipway-traefik", "--output=json");
    const { rules } = JSON.parse(role) as { rules: { resources: string[] }[] };
    const fewer = rules.map(({ resources, ...rule }) => ({
      ...rule,
      resources: resources.filter((each) => each !== "secrets"),
    }));
    const patch = (value: object): Promise<string> =>
      lab.kubectl("patch", "clusterrole", "slipway-traefik", "--patch", JSON.stringify(value));
    const pod = async (): Promise<{ name: string; started: boolean; ready: boolean }> => {
      const args = ["get", "pods", "--namespace=ingress", "--output=json"];
      const { items } = JSON.parse(await lab.kubectl(...args)) as { items: Pod[] };
      const [only] = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      const [{ started, ready } = { started: false, ready: false }] =
        only?.status.containerStatuses ?? [];
      return { name: only?.metadata.name ?? "", started, ready };
    };
    const { name: old } = await pod();
    await patch({ rules: fewer });
    await lab.kubectl("delete", "pod", old, "--namespace=ingress", "--now");
    await eventually(async () => {
      const { name, started } = await pod();
      assert.ok(name !== old && started);
    });
    assert.equal((await pod()).ready, false);
    await answers([["nobody has a route", {}, 404]]);
    await patch({ rules });
    await eventually(async () => {
      assert.equal((await pod()).ready, true);
    });
    await answers([["its host", {}, 200]]);
  });
});

interface Pod {
  metadata: { name: string; deletionTimestamp?: string };
  status: { containerStatuses?: { started: boolean; ready: boolean }[] };
}

/** Somebody else's Ingress for the project. */
const foreign = (name: string, host: string, annotations: Record<string, string> = {}) => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: {
    name,
    labels: { of: "test" },
    annotations: Object.fromEntries(
      Object.entries(annotations).map(([key, value]) => [
        `nginx.ingress.kubernetes.io/${key}`,
        value,
      ]),
    ),
  },
  spec: {
    ingressClassName: "nginx",
    rules: [
      {
        host,
        http: {
          paths: [
            {
              path: "/",
              pathType: "Prefix",
              backend: { service: { name: "sjzy-package-api", port: { number: 8086 } } },
            },
          ],
        },
      },
    ],
  },
});
