import * as assert from "node:assert/strict";
import { load } from "js-yaml";
import type { Context } from "../../../../sandbox/cluster/context";
import { objectPath, type KubernetesObject } from "../../../../sandbox/cluster/objects/object";
import { identities, users } from "../../../../sandbox/cluster/pki/identities";
import { hostPorts } from "../../../../sandbox/cluster/ports";
import { renderUnits, specify } from "../../../../sandbox/cluster/specification";
import { startOrder } from "../../../../sandbox/cluster/supervisor/supervisor";
import { Unit } from "../../../../sandbox/cluster/unit";

const layout = { name: "test", id: "0123abcd", cache: "/cache", state: "/state" };
const registry = "127.0.0.1:20002";
const isolated: Context = {
  layout,
  mode: "isolated",
  ports: {
    ...{ apiserver: 20001, registry: 20002, ingress: 20003, etcd: 20004, etcdPeer: 20005 },
    ...{ controllerManager: 20006, scheduler: 20007, kwok: 20008 },
  },
  binary: (name) => `/tools/${name}`,
  images: {
    pause: `${registry}/slipway/pause@sha256:p`,
    busybox: `${registry}/slipway/busybox@sha256:b`,
  },
  mayLowerOomScore: true,
  snapshotter: "overlayfs",
};
const plain: Context = { ...isolated, mode: "plain" };
const modes = { isolated, plain };

const unitOf = (name: string, context = isolated) => {
  const found = renderUnits(context).find((unit) => unit.name === name);
  return found ?? assert.fail(`no unit ${name}`);
};
const fileOf = (unit: string, path: string, context = isolated) =>
  unitOf(unit, context).files?.find((file) => file.path === path)?.text ??
  assert.fail(`${unit} has no ${path}`);

describe("units of the sandbox", () => {
  for (const [mode, context] of Object.entries(modes)) {
    const units = renderUnits(context);

    it(`can be started in some order (${mode})`, () => {
      assert.equal(startOrder(units).length, units.length);
      assert.deepEqual(startOrder(units)[0]?.name, "etcd");
    });

    it(`say nothing but what a unit may say (${mode})`, () => {
      for (const unit of specify(layout, units, "").units) Unit.parse(unit);
    });

    it(`have their files below the state, each but once (${mode})`, () => {
      const files = units.flatMap((unit) => unit.files ?? []).map(({ path }) => path);
      assert.deepEqual(
        files.filter((path) => !path.startsWith("/state/")),
        [],
      );
      assert.equal(new Set(files).size, files.length);
    });

    it(`name only certificates and kubeconfigs that are made (${mode})`, () => {
      const text = JSON.stringify(units);
      const made = new Set([
        ...["ca", "etcd-ca", "front-proxy-ca", "service-account"],
        ...identities.map(({ name }) => name),
      ]);
      const named = [...text.matchAll(/\/state\/pki\/([a-z-]+)\.(?:crt|key|pub)/g)];
      assert.ok(named.length > 20);
      for (const [, name = ""] of named) assert.ok(made.has(name), name);
      const people = new Set(users.map(({ name }) => name));
      for (const [, name = ""] of text.matchAll(/\/state\/kubeconfig\/([a-z-]+)\.yaml/g)) {
        assert.ok(people.has(name), name);
      }
    });

    it(`hold no secret (${mode})`, () => {
      assert.doesNotMatch(JSON.stringify(units), /PRIVATE KEY|client-key-data|password/);
    });
  }

  it("are, without a real node, those that an ordinary user can run", () => {
    assert.deepEqual(
      renderUnits(plain).map(({ name }) => name),
      [
        ...["etcd", "registry", "kube-apiserver", "objects"],
        ...["kube-controller-manager", "kube-scheduler", "kwok"],
      ],
    );
  });

  it("listen on the loopback only, where they are not in a network of their own", () => {
    const text = JSON.stringify(renderUnits(plain));
    assert.doesNotMatch(text, /0\.0\.0\.0/);
    assert.match(text, /--bind-address=127\.0\.0\.1/);
    assert.doesNotMatch(text, /\/run\/|\/var\//);
  });

  it("are another revision when anything that they read is another", () => {
    const revision = (context: Context, certificates = "c") =>
      specify(layout, renderUnits(context), certificates).revision;
    assert.equal(revision(isolated), revision(isolated));
    const others = [
      revision(plain),
      revision(isolated, "d"),
      revision({ ...isolated, mayLowerOomScore: false }),
      revision({ ...isolated, binary: (name) => `/other/${name}` }),
    ];
    assert.equal(new Set([revision(isolated), ...others]).size, 5);
  });

  it("show three ports on the host", () => {
    assert.deepEqual(hostPorts, ["apiserver", "registry", "ingress"]);
  });
});

describe("rendered configuration", () => {
  const flags: [unit: string, context: Context, wanted: string[], unwanted: string[]][] = [
    ["etcd", isolated, ["--client-cert-auth", "--unsafe-no-fsync"], []],
    [
      ...(["kube-apiserver", isolated] as const),
      [
        ...["--anonymous-auth=false", "--authorization-mode=Node,RBAC", "--profiling=false"],
        ...["--enable-admission-plugins=NodeRestriction", "--bind-address=0.0.0.0"],
        "--advertise-address=10.240.0.1",
      ],
      ["--endpoint-reconciler-type=none"],
    ],
    [
      ...(["kube-apiserver", plain] as const),
      ["--bind-address=127.0.0.1", "--endpoint-reconciler-type=none"],
      ["--bind-address=0.0.0.0"],
    ],
    ["kube-controller-manager", isolated, ["--use-service-account-credentials"], []],
    ["kubelet", isolated, ["--node-ip=10.240.0.1", "--hostname-override=slipway-1"], []],
    ["kwok", isolated, ["--manage-single-node=slipway-simulated"], []],
  ];
  for (const [name, context, wanted, unwanted] of flags) {
    it(`${name} (${context.mode}) has ${wanted.join(" ")}`, () => {
      const { command } = unitOf(name, context);
      for (const flag of wanted) assert.ok(command.includes(flag), flag);
      for (const flag of unwanted) assert.ok(!command.includes(flag), flag);
    });
  }

  it("containerd keeps to its own places and pulls from the sandbox registry", () => {
    const text = fileOf("containerd", "/state/etc/containerd.toml");
    const lines = [
      'root = "/state/data/containerd"',
      'state = "/run/containerd"',
      `sandbox = "${registry}/slipway/pause@sha256:p"`,
      'config_path = "/state/etc/registries"',
      "restrict_oom_score_adj = false",
      'conf_dir = "/state/etc/cni"',
      "SystemdCgroup = false",
    ];
    for (const line of lines) assert.ok(text.split("\n").includes(line), line);
    assert.equal(
      fileOf("containerd", `/state/etc/registries/${registry}/hosts.toml`),
      `server = "http://${registry}"
[host."http://${registry}"]
capabilities = ["pull", "resolve"]
`,
    );
  });

  it("no process lowers an OOM score where root may not", () => {
    const context = { ...isolated, mayLowerOomScore: false };
    const toml = fileOf("containerd", "/state/etc/containerd.toml", context);
    assert.match(toml, /^restrict_oom_score_adj = true$/m);
    for (const name of ["kubelet", "kube-proxy"]) {
      const path = `/state/etc/${name}.yaml`;
      const scoreOf = (each: Context) =>
        (load(fileOf(name, path, each)) as { oomScoreAdj?: number }).oomScoreAdj;
      assert.deepEqual([scoreOf(isolated), scoreOf(context)], [undefined, 0]);
    }
  });

  it("the kubelet is asked with a certificate, and writes to the state only", () => {
    const config = load(fileOf("kubelet", "/state/etc/kubelet.yaml")) as Record<string, unknown>;
    assert.deepEqual(config["authentication"], {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: "/state/pki/ca.crt" },
    });
    const wanted = {
      cgroupRoot: "/slipway-0123abcd",
      failCgroupV1: false,
      resolvConf: "",
      clusterDNS: ["10.240.0.53"],
      podLogsDir: "/state/data/pod-logs",
      volumePluginDir: "/state/data/kubelet-volume-plugins",
    };
    for (const [key, value] of Object.entries(wanted)) assert.deepEqual(config[key], value, key);
  });

  it("kube-proxy changes nothing that is the whole machine's", () => {
    const config = load(fileOf("kube-proxy", "/state/etc/kube-proxy.yaml")) as {
      conntrack: Record<string, unknown>;
      nodePortAddresses: string[];
    };
    assert.deepEqual(config.conntrack, {
      ...{ maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
    });
    assert.deepEqual(config.nodePortAddresses, ["127.0.0.0/8", "10.240.0.1/32"]);
  });

  it("CoreDNS knows the cluster, and forwards nothing", () => {
    assert.equal(
      fileOf("coredns", "/state/etc/Corefile"),
      `cluster.local:53 in-addr.arpa:53 ip6.arpa:53 {
    errors
    ready 127.0.0.1:8181
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        kubeconfig /state/kubeconfig/coredns.yaml
        pods insecure
        ttl 5
    }
    loadbalance
}
.:53 {
    errors
    template ANY ANY {
        rcode NXDOMAIN
    }
}
`,
    );
  });

  it("buildkitd keeps its root, socket and control groups in the sandbox", () => {
    assert.equal(
      fileOf("buildkitd", "/state/etc/buildkitd.toml"),
      `root = "/state/data/buildkit"

[grpc]
address = ["unix:///state/run/buildkitd.sock"]

[worker.oci]
enabled = true
snapshotter = "overlayfs"
binary = "runc"
# RUN steps share the sandbox's network, which leads nowhere.
networkMode = "host"
defaultCgroupParent = "/slipway-0123abcd"

[worker.containerd]
enabled = false

[registry."${registry}"]
http = true
`,
    );
  });

  it("the registry answers on the loopback, and can delete", () => {
    assert.deepEqual(load(fileOf("registry", "/state/etc/registry.yaml")), {
      version: "0.1",
      log: { level: "warn", accesslog: { disabled: true } },
      storage: {
        filesystem: { rootdirectory: "/state/data/registry" },
        delete: { enabled: true },
      },
      http: { addr: registry },
    });
  });
});

describe("objects of the sandbox", () => {
  const objectsOf = (context: Context) =>
    JSON.parse(fileOf("objects", "/state/etc/objects.json", context)) as KubernetesObject[];
  const names = (context: Context) =>
    objectsOf(context).map(({ kind, metadata }) => `${kind} ${metadata.name}`);

  it("each have a path of their own", () => {
    const all = objectsOf(isolated).map(objectPath);
    assert.equal(new Set(all).size, all.length);
    assert.ok(all.includes("/api/v1/namespaces/kube-system/services/kube-dns"));
    assert.ok(all.includes("/apis/storage.k8s.io/v1/storageclasses/local-path"));
  });

  it("refuse a kind that nobody has listed", () => {
    const object = { apiVersion: "v1", kind: "Gadget", metadata: { name: "x" } };
    assert.throws(() => objectPath(object), /no path is known for kind Gadget/);
  });

  it("taint the simulated node only where there is a real one", () => {
    const spec = (context: Context) =>
      objectsOf(context).find(({ kind }) => kind === "Node")?.["spec"];
    assert.deepEqual(spec(plain), {});
    assert.deepEqual(spec(isolated), {
      taints: [{ key: "slipway/simulated", effect: "NoSchedule" }],
    });
  });

  it("send pods nowhere where all nodes are simulated", () => {
    assert.ok(names(isolated).includes("MutatingAdmissionPolicy slipway-foreign-pods"));
    assert.ok(!names(plain).some((name) => name.startsWith("MutatingAdmissionPolicy")));
  });

  it("give nobody but people the whole cluster", () => {
    const whole = objectsOf(isolated).filter(
      (object) => (object["roleRef"] as { name: string } | undefined)?.name === "cluster-admin",
    );
    assert.deepEqual(
      whole.map((object) => object["subjects"]),
      [
        [
          {
            ...{ apiGroup: "rbac.authorization.k8s.io", kind: "Group" },
            name: "slipway:cluster-admins",
          },
        ],
      ],
    );
    assert.doesNotMatch(JSON.stringify(objectsOf(isolated)), /"\*"|secrets/);
  });
});
