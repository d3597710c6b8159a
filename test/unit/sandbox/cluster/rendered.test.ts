import * as assert from "node:assert/strict";
import { load } from "js-yaml";
import type { UnitContext } from "../../../../sandbox/cluster/context";
import { fileOf, isolated, plain, registry, unitOf } from "../../../support/sandbox-units";

describe("rendered configuration", () => {
  const flags: [unit: string, context: UnitContext, wanted: string[], unwanted: string[]][] = [
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
      const scoreOf = (each: UnitContext) =>
        (load(fileOf(name, path, each)) as { oomScoreAdj?: number }).oomScoreAdj;
      assert.deepEqual([scoreOf(isolated), scoreOf(context)], [undefined, 0]);
    }
  });

  it("the kubelet requires a certificate, and writes to the state only", () => {
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
      maxPerCore: 0,
      min: 0,
      tcpEstablishedTimeout: "0s",
      tcpCloseWaitTimeout: "0s",
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
