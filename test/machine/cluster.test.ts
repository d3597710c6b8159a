import * as assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { get } from "node:https";
import { createServer } from "node:net";
import { clusterStatus, startCluster } from "../../sandbox/cluster";
import { apiUrl, paths } from "../../sandbox/cluster/context";
import { hostPorts, readPorts } from "../../sandbox/cluster/ports";
import { layout } from "../../sandbox/layout";
import { silent } from "../../sandbox/progress";
import { toolchain } from "../../sandbox/toolchain/build";
import { ask } from "../support/ask";
import { apply, busybox, kubectl, listeners } from "../support/cluster";
import { eventually } from "../../sandbox/eventually";
import { cases } from "../support/suites";

const namespace = "cluster-test";
const inNamespace = (...args: string[]) => kubectl(["--namespace", namespace, ...args]);
const metadata = (name: string) => ({ name, namespace, labels: { app: name } });
const foreign = [{ name: "main", image: "registry.example/nobody/has-this:1" }];

/** The strictest level of Kubernetes' pod security standards, with limits: like the program's pods. */
const restricted = {
  securityContext: {
    runAsUser: 1000,
    runAsNonRoot: true,
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    seccompProfile: { type: "RuntimeDefault" },
  },
  resources: {
    requests: { cpu: "10m", memory: "16Mi" },
    limits: { cpu: "500m", memory: "64Mi" },
  },
};

/** A pod of the sandbox's own image. */
const pod = (name: string, command: string, more: object = {}, container: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: metadata(name),
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: "main", image: busybox(), command: ["sh", "-c", command], ...container }],
    ...more,
  },
});

/** A Service for the pod `web`, on a port of the node. */
const exposed = (name: string, nodePort: number) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: metadata(name),
  spec: {
    type: "NodePort",
    selector: { app: "web" },
    ports: [{ port: 80, targetPort: 8080, nodePort }],
  },
});

const ready = (...pods: string[]) =>
  inNamespace(
    "wait",
    "--for=condition=Ready",
    "--timeout=60s",
    ...pods.map((name) => `pod/${name}`),
  );
const nodeOf = (name: string) => inNamespace("get", "pod", name, "-o", "jsonpath={.spec.nodeName}");
const inside = (name: string, ...command: string[]) => inNamespace("exec", name, "--", ...command);

describe("the sandbox's Kubernetes", function () {
  this.timeout(180_000);

  before(async () => {
    await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    await eventually(async () => {
      await inNamespace("get", "serviceaccount", "default");
    });
    const serve =
      "mkdir /tmp/www; hostname >/tmp/www/index.html; exec httpd -f -p 8080 -h /tmp/www";
    const probe = { readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 } };
    const www = { volumes: [{ name: "tmp", emptyDir: {} }] };
    const mount = { volumeMounts: [{ name: "tmp", mountPath: "/tmp" }] };
    const web = pod("web", serve, www, { ...probe, ...mount, ...restricted });
    await apply(web, pod("client", "exec sleep 3600"), {
      apiVersion: "v1",
      kind: "Service",
      metadata: metadata("web"),
      spec: { type: "NodePort", selector: { app: "web" }, ports: [{ port: 80, targetPort: 8080 }] },
    });
    await ready("web", "client");
  });

  after(async () => {
    await kubectl(["delete", "namespace", namespace]);
  });

  it("has two nodes, both ready", async () => {
    const query =
      "{range .items[*]}{.metadata.name}={.status.conditions[?(@.type=='Ready')].status} {end}";
    assert.equal(
      await kubectl(["get", "nodes", "-o", `jsonpath=${query}`]),
      "slipway-1=True slipway-simulated=True ",
    );
  });

  it("runs a pod of its own image on the real node", async () => {
    assert.equal(await nodeOf("web"), "slipway-1");
    assert.equal(await inside("web", "hostname"), "web");
    assert.match(await inside("web", "id"), /uid=1000/);
  });

  it("shows a pod's output", async () => {
    await apply(pod("speaker", "echo hello; exec sleep 3600"));
    await ready("speaker");
    await eventually(async () => {
      assert.equal(await inNamespace("logs", "speaker"), "hello");
    });
  });

  it("resolves names of Services in pods, and fails at once for others", async () => {
    const found = await inside("client", "nslookup", "kubernetes.default.svc.cluster.local");
    assert.match(found, /Address: 10\.242\.0\.1$/m);
    await assert.rejects(inside("client", "nslookup", "example.com"), /NXDOMAIN/);
    const search = await inside("client", "cat", "/etc/resolv.conf");
    assert.match(search, new RegExp(`^search ${namespace}.svc.cluster.local`, "m"));
  });

  it("answers on a Service's address, its name, and its port on the node", async () => {
    const spec = async (path: string) =>
      inNamespace("get", "service", "web", "-o", `jsonpath={.spec.${path}}`);
    const targets = [
      await spec("clusterIP"),
      "web.cluster-test.svc.cluster.local",
      `10.240.0.1:${await spec("ports[0].nodePort")}`,
    ];
    for (const target of targets) {
      assert.equal(await inside("client", "wget", "-qO-", `http://${target}`), "web", target);
    }
  });

  it("opens a port of the node under the same number on the host's loopback, while the Service exists", async () => {
    const nodePort = 32_001;
    await apply(exposed("shown", nodePort));
    await eventually(async () => {
      const { status, body } = await ask({ host: "web", port: nodePort });
      assert.deepEqual([status, body], [200, "web\n"]);
    });
    await inNamespace("delete", "service", "shown");
    await eventually(() => {
      assert.ok(!listeners().includes(`127.0.0.1:${nodePort}`));
      return Promise.resolve();
    });
  });

  it("shows it once nobody else has that number", async () => {
    const nodePort = 32_002;
    const other = createServer().listen(nodePort, "127.0.0.1");
    await once(other, "listening");
    await apply(exposed("late", nodePort));
    await eventually(() => {
      const log = readFileSync(paths(layout()).log("nodeports"), "utf8");
      assert.match(log, new RegExp(`${nodePort} is not open: EADDRINUSE`));
      return Promise.resolve();
    });
    other.close();
    await eventually(async () => {
      assert.equal((await ask({ host: "web", port: nodePort })).status, 200);
    });
    await inNamespace("delete", "service", "late");
  });

  it("lets a pod reach itself by its own Service", async () => {
    const address = await inNamespace("get", "service", "web", "-o", "jsonpath={.spec.clusterIP}");
    assert.equal(await inside("web", "wget", "-qO-", `http://${address}`), "web");
  });

  it("refuses at once what lies outside", async () => {
    await assert.rejects(inside("client", "wget", "-qO-", "http://192.0.2.1"), /unreachable/);
  });

  for (const name of cases(
    ["kubelet"],
    ["kube-apiserver", "kwok", "coredns", "gateway", "nodeports"],
  )) {
    it(`starts ${name} again when it is killed`, async () => {
      const unit = () => clusterStatus(layout()).units.find((each) => each.name === name);
      const before = unit() ?? assert.fail(`no unit ${name}`);
      process.kill(before.pid ?? assert.fail(`${name} does not run`), "SIGKILL");
      await eventually(async () => {
        assert.equal(unit()?.state, "ready");
        assert.equal(unit()?.restarts, before.restarts + 1);
        assert.equal(await kubectl(["get", "--raw", "/readyz"]), "ok");
      });
      assert.notEqual(unit()?.pid, before.pid);
    });
  }

  it("sends pods whose image it does not have to the simulated node, where they become ready", async () => {
    const selector = { matchLabels: { app: "foreign-daemon" } };
    const template = { metadata: { labels: selector.matchLabels }, spec: { containers: foreign } };
    await apply(
      { ...pod("foreign", ""), spec: { nodeSelector: { disk: "ssd" }, containers: foreign } },
      {
        apiVersion: "apps/v1",
        kind: "DaemonSet",
        metadata: metadata("foreign-daemon"),
        spec: { selector, template },
      },
      {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: metadata("foreign-job"),
        spec: { template: { spec: { ...template.spec, restartPolicy: "Never" } } },
      },
    );
    await ready("foreign");
    assert.equal(await nodeOf("foreign"), "slipway-simulated");
    await inNamespace("rollout", "status", "daemonset/foreign-daemon", "--timeout=60s");
    await inNamespace("wait", "--for=condition=Complete", "job/foreign-job", "--timeout=60s");
  });

  it("binds a claim on the default class, whose data survives the pod", async () => {
    const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "data" } }];
    const mount = { volumeMounts: [{ name: "data", mountPath: "/data" }] };
    const user = (name: string, command: string) =>
      pod(name, command, { volumes }, { ...mount, ...restricted });
    await apply(
      {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: metadata("data"),
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
      },
      user("writer", "echo kept >/data/file; exec sleep 3600"),
    );
    await ready("writer");
    await eventually(async () => {
      assert.equal(await inside("writer", "cat", "/data/file"), "kept");
    });
    await inNamespace("delete", "pod", "writer");
    await apply(user("reader", "exec sleep 3600"));
    await ready("reader");
    assert.equal(await inside("reader", "cat", "/data/file"), "kept");
  });

  it("lets a claim be used by a simulated pod as well", async () => {
    const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "simulated" } }];
    await apply(
      {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: metadata("simulated"),
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
      },
      { ...pod("with-claim", ""), spec: { volumes, containers: foreign } },
    );
    await ready("with-claim");
  });

  it("is not touched by a second start", async () => {
    const here = layout();
    await eventually(() => {
      assert.equal(clusterStatus(here).state, "ready");
      return Promise.resolve();
    });
    const before = clusterStatus(here);
    await startCluster(here, toolchain(here), silent);
    assert.deepEqual(clusterStatus(here), before);
  });

  it("refuses a client without a certificate", async () => {
    const here = layout();
    const ca = readFileSync(paths(here).pki("ca.crt"));
    const status = await new Promise((resolve, reject) => {
      get(`${apiUrl(readPorts(here))}/api/v1/nodes`, { ca, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on("error", reject);
    });
    assert.equal(status, 401);
  });

  const rights: [user: string, question: string[], answer: string][] = [
    ["slipway:coredns", ["list", "services"], "yes"],
    ["slipway:coredns", ["get", "secrets"], "no"],
    ["slipway:kwok", ["patch", "pods/status"], "yes"],
    ["slipway:kwok", ["create", "pods"], "no"],
    ["slipway:nodeports", ["list", "services"], "yes"],
    ["slipway:nodeports", ["get", "secrets"], "no"],
    ["slipway:local-path-provisioner", ["create", "persistentvolumes"], "yes"],
    ["slipway:local-path-provisioner", ["get", "secrets"], "no"],
  ];
  for (const [user, question, answer] of rights) {
    it(`${user}: may it ${question.join(" ")}? ${answer}`, async () => {
      const asked = kubectl(["auth", "can-i", ...question, "--all-namespaces", "--as", user]);
      // kubectl ends with 1 if the answer is no.
      assert.equal(
        await asked.catch((error: unknown) => (error as { stdout: string }).stdout),
        answer,
      );
    });
  }

  it("shows the host nothing but what it must, and only on the loopback", () => {
    const ports = readPorts(layout());
    const own = new Set(Object.values(ports));
    const found = listeners().filter((each) => own.has(Number(each.split(":").at(-1))));
    const wanted = hostPorts.map((name) => `127.0.0.1:${ports[name]}`);
    assert.deepEqual(new Set(found), new Set(wanted));
  });
});
