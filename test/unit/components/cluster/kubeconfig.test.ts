import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority, issue } from "../../../../sandbox/cluster/pki/certificate";
import { Api, wayBy } from "../../../../src/kubernetes/api";
import {
  findCluster,
  kubeconfigPath,
  ownEndpoint,
} from "../../../../components/cluster/kubeconfig";
import { reachProblem } from "../../../../src/kubernetes/reach";

describe("where a kubeconfig lies", () => {
  const cases: [file: string, env: NodeJS.ProcessEnv, path: string][] = [
    ["uat.yaml", { HOME: "/home/me" }, "/home/me/.kube/uat.yaml"],
    ["uat.yaml", { HOME: "/home/me", SLIPWAY_KUBECONFIGS: "/sandbox" }, "/sandbox/uat.yaml"],
    [
      "~/work/uat.yaml",
      { HOME: "/home/me", SLIPWAY_KUBECONFIGS: "/sandbox" },
      "/home/me/work/uat.yaml",
    ],
    ["/etc/uat.yaml", { HOME: "/home/me" }, "/etc/uat.yaml"],
  ];
  for (const [file, env, path] of cases) {
    it(`${file} with ${JSON.stringify(env)}`, () => {
      assert.equal(kubeconfigPath(file, env), path);
    });
  }
});

describe("of a kubeconfig", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-kubeconfig-"));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  /** Finds context `here` of a file with more entries beside the good ones, or in place of them. */
  const find = (
    more: Record<string, unknown[]>,
    wanted?: string,
  ): ReturnType<typeof findCluster> => {
    const good = JSON.parse(kubeconfig(6443, {}, { token: "t" })) as Record<string, unknown>;
    const lists = ["contexts", "clusters", "users"].map((key) => [
      key,
      [...(more[key] ?? []), ...(good[key] as unknown[])],
    ]);
    const path = join(folder, "config.yaml");
    writeFileSync(path, JSON.stringify({ ...good, ...Object.fromEntries(lists) }));
    return findCluster(path, wanted, {});
  };

  const others: Record<string, Record<string, unknown[]>> = {
    "a cluster without TLS": {
      clusters: [{ name: "x", cluster: { server: "http://127.0.0.1:1" } }],
    },
    "a cluster without a server": { clusters: [{ name: "x", cluster: { server: "" } }] },
    "a cluster that is not proved": {
      clusters: [{ name: "x", cluster: { server: "https://x", "insecure-skip-tls-verify": true } }],
    },
    "a context without a user": { contexts: [{ name: "x", context: { cluster: "x" } }] },
    "a user that logs in by a program": {
      users: [{ name: "x", user: { exec: { command: "aws" } } }],
    },
    "a user with nothing": { users: [{ name: "x", user: {} }, { name: "y" }] },
    "entries that are none": { users: [null, 7], contexts: ["x"], clusters: [{}] },
  };
  for (const [what, more] of Object.entries(others)) {
    it(`nothing counts of what is not chosen: ${what}`, () => {
      const found = find(more);
      assert.ok("value" in found, JSON.stringify(found));
      assert.equal(found.value.endpoint.token, "t");
    });
  }

  const chosen: [what: string, more: Record<string, unknown[]>, told: RegExp][] = [
    [
      "a cluster without TLS",
      { clusters: [{ name: "here", cluster: { server: "http://127.0.0.1:1" } }] },
      /at clusters\.here\.cluster\.server: an address that begins with https/,
    ],
    [
      "a context without a user",
      { contexts: [{ name: "here", context: { cluster: "here" } }] },
      /at contexts\.here\.context\.user/,
    ],
    [
      "a context of a cluster that is not there",
      { contexts: [{ name: "here", context: { cluster: "gone", user: "me" } }] },
      /add the cluster gone to/,
    ],
  ];
  for (const [what, more, told] of chosen) {
    it(`the chosen one is named when it is ${what}`, () => {
      const found = find(more);
      assert.ok("problem" in found, JSON.stringify(found));
      assert.match(`${found.problem.allowed} ${found.problem.fix ?? ""}`, told);
    });
  }
});

describe("the cluster that a stack has made", () => {
  it("is used as its kubeconfig says", () => {
    const user = { "client-certificate-data": "Yw==", "client-key-data": "aw==" };
    const text = kubeconfig(6443, { "certificate-authority-data": "YQ==" }, user);
    const { server, ca, cert, key, proxied } = ownEndpoint(text);
    assert.deepEqual(
      { server, ca, cert, key, proxied },
      { server: "https://127.0.0.1:6443", ca: "a", cert: "c", key: "k", proxied: false },
    );
  });
});

/** A kubeconfig for a server of this machine. */
const kubeconfig = (port: number, cluster: object, user: object): string =>
  JSON.stringify({
    "current-context": "here",
    contexts: [{ name: "here", context: { cluster: "here", user: "me" } }],
    clusters: [{ name: "here", cluster: { server: `https://127.0.0.1:${port}`, ...cluster } }],
    users: [{ name: "me", user }],
  });

describe("a cluster that is checked before anything is changed", () => {
  let directory: string;
  let server: Server;
  let trusted: { "certificate-authority-data": string };
  let status: number;
  let silent: boolean;
  /** How often it answers 503 at first. */
  let failures: number;
  /** How long its address may take to move, in milliseconds. */
  let move: number;
  let asked: { path?: string; authorization?: string };

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "slipway-"));
    const authority = await createAuthority("test", new Date());
    const identity = { name: "server", commonName: "server", hosts: ["127.0.0.1"] };
    const leaf = { ...identity, authority: "ca", usage: "server" } as const;
    const { certificate, key } = await issue(authority, leaf, new Date());
    trusted = {
      "certificate-authority-data": Buffer.from(authority.certificate).toString("base64"),
    };
    server = createServer({ cert: certificate, key }, ({ url, headers }, response) => {
      asked = { path: url, authorization: headers.authorization };
      if (silent) return;
      response.writeHead(failures-- > 0 ? 503 : status).end("{}");
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  });
  after(async () => {
    rmSync(directory, { recursive: true });
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  beforeEach(() => {
    [status, silent, failures, move] = [200, false, 0, 0];
    asked = {};
  });

  const portOf = () => (server.address() as AddressInfo).port;

  /** The error for a cluster with this kubeconfig. */
  async function problemOf(text: string, env: NodeJS.ProcessEnv = {}): Promise<string | undefined> {
    const path = join(directory, "config.yaml");
    writeFileSync(path, text);
    const found = findCluster(path, undefined, env);
    assert.ok("value" in found, JSON.stringify(found));
    const cluster = { ...found.value, kind: "kubeconfig", identifier: "uat" } as const;
    const problem = await reachProblem("Pulumi.uat.yaml", cluster, new Api(wayBy(cluster)), {
      answer: silent ? 200 : 60_000,
      move,
    });
    return problem?.replaceAll(directory, "").replaceAll(String(portOf()), "PORT");
  }

  it("answers, and got our credentials", async () => {
    assert.equal(await problemOf(kubeconfig(portOf(), trusted, { token: "t" })), undefined);
    assert.deepEqual(asked, { path: "/version", authorization: "Bearer t" });
  });

  const answers: [status: number, user: object, told: string | undefined][] = [
    [401, { token: "t" }, "does not know the context's user (401)"],
    [401, {}, undefined],
    [403, { token: "t" }, undefined],
    [503, { token: "t" }, "answered 503"],
  ];
  for (const [answer, user, told] of answers) {
    it(`answers ${answer} to ${JSON.stringify(user)}: ${told ?? "fine"}`, async () => {
      status = answer;
      const problem = await problemOf(kubeconfig(portOf(), trusted, user));
      if (told === undefined) assert.equal(problem, undefined);
      else assert.ok(problem?.includes(told), problem);
    });
  }

  it("is tried again while its address moves", async () => {
    [failures, move] = [2, 10_000];
    assert.equal(await problemOf(kubeconfig(portOf(), trusted, { token: "t" })), undefined);
    assert.equal(failures, -1);
  });

  it("does not answer", async () => {
    silent = true;
    const problem = await problemOf(kubeconfig(portOf(), trusted, { token: "t" }));
    assert.match(problem ?? "", /this one did not answer for 0\.2 s/);
  });

  it("no server is there: one problem, with file, server and a fix", async () => {
    assert.deepEqual((await problemOf(kubeconfig(1, trusted, { token: "t" })))?.split("\n"), [
      "The cluster cannot be reached, nothing was changed: 1 problem",
      "  Pulumi.uat.yaml → slipway:cluster",
      '    given:   "https://127.0.0.1:1, context here of /config.yaml"',
      "    allowed: an API server that answers from here; asked for /version, this one failed with ECONNREFUSED",
      "    fix:     start it, or fix the connection to it; by hand: kubectl --kubeconfig /config.yaml --context here version",
    ]);
  });

  it("is another's: its certificate is not of the authority that the kubeconfig trusts", async () => {
    const other = (await createAuthority("other", new Date())).certificate;
    const cluster = { "certificate-authority-data": Buffer.from(other).toString("base64") };
    assert.match(
      (await problemOf(kubeconfig(portOf(), cluster, {}))) ?? "",
      /UNABLE_TO_VERIFY|SIGNATURE|SELF_SIGNED/,
    );
  });

  it("has an invalid client certificate", async () => {
    const user = { "client-certificate-data": "Zm9v", "client-key-data": "Zm9v" };
    assert.match(
      (await problemOf(kubeconfig(portOf(), trusted, user))) ?? "",
      /could not be queried: ERR_OSSL/,
    );
  });

  it("takes its authority from a file beside the kubeconfig", async () => {
    const pem = Buffer.from(trusted["certificate-authority-data"], "base64");
    writeFileSync(join(directory, "ca.pem"), pem);
    const cluster = { "certificate-authority": "ca.pem" };
    assert.equal(await problemOf(kubeconfig(portOf(), cluster, {})), undefined);
  });

  it("is left to the plugin where only a proxy may lead there", async () => {
    const cluster = { "proxy-url": "http://127.0.0.1:1" };
    assert.equal(await problemOf(kubeconfig(1, cluster, {})), undefined);
    const far = kubeconfig(1, { server: "https://192.0.2.1" }, {});
    assert.equal(await problemOf(far, { HTTPS_PROXY: "http://127.0.0.1:1" }), undefined);
  });
});
