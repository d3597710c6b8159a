import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { haproxyConfig, keepalivedConfig } from "../../../../components/cluster/balancer";
import { initConfig, joinConfig, placeholders } from "../../../../components/cluster/kubeadm";
import { labelsBody, labelsMark } from "../../../../components/cluster/labels";
import { cniConfig, routesScript } from "../../../../components/cluster/network";
import { hostsToml, registriesBody } from "../../../../components/cluster/registries";
import { containerdConfig, runtimeBody } from "../../../../components/cluster/runtime";
import { podsOf } from "../../../../components/cluster/spec";
import { functions } from "../../../../components/shared/machine/script";
import { machine, machines, room } from "../../../support/room";
import { play } from "../../../support/shell";
import type { ClusterSpec, HostSpec } from "../../../../components/shared/cluster-spec";

const spec = room();
const [t01, t02, , t04] = machines as [HostSpec, HostSpec, HostSpec, HostSpec];

/** Documents of YAML text, by their kind. */
function kinds(text: string): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    parseAllDocuments(text).map((document) => {
      const value = document.toJS() as Record<string, unknown> & { kind: string };
      return [value.kind, value];
    }),
  );
}

describe("the balancer's configuration", () => {
  it("leads to every control plane that stays", () => {
    const lines = (of: ClusterSpec) =>
      haproxyConfig(of)
        .split("\n")
        .filter((line) => /^ {2}(server|bind)/.test(line));
    assert.deepEqual(lines(spec), [
      "  bind *:8443",
      "  server t01 10.0.0.11:6443",
      "  server t02 10.0.0.12:6443",
      "  server t03 10.0.0.13:6443",
    ]);
    const hosts = machines.map((host) => ({ ...host, absent: host.name === "t02" }));
    assert.equal(lines(room({ hosts })).length, 3);
  });

  it("lets a control plane take the address, announce it, and keep it", () => {
    const text = keepalivedConfig({ spec, host: t02, interface: "ens3" });
    for (const line of [
      ...["router_id t02", "nopreempt", "interface ens3", "unicast_src_ip 10.0.0.12"],
      ...["10.0.0.100/32 dev ens3", "virtual_router_id 100", "advert_int 0.3"],
    ])
      assert.ok(text.includes(line), line);
    assert.match(text, /unicast_peer \{\n {4}10\.0\.0\.11\n {4}10\.0\.0\.13\n {2}\}/);
  });

  it("sets the control planes apart, so that two never take the address at once", () => {
    const priorities = machines
      .filter(({ role }) => role === "control-plane")
      .map((host) => /priority (\d+)/.exec(keepalivedConfig({ spec, host, interface: "e" }))?.[1]);
    assert.deepEqual(priorities, ["200", "150", "100"]);
  });

  it("is the same for each except for its own name", () => {
    const of = (host: HostSpec): string =>
      keepalivedConfig({ spec, host, interface: "eth0" })
        .replaceAll(host.name, "NAME")
        .replace(host.address, "OWN")
        .replace(/unicast_peer \{[^}]*\}/, "PEERS")
        .replace(/priority \d+/, "PRIORITY");
    assert.equal(of(t01), of(t02));
  });
});

describe("kubeadm's configuration", () => {
  it("of the machine that a cluster begins on", () => {
    const config = kinds(initConfig(spec, { host: t01, cgroup: "v2" }));
    assert.deepEqual(config["InitConfiguration"]?.["localAPIEndpoint"], {
      advertiseAddress: "10.0.0.11",
      bindPort: 6443,
    });
    const cluster = config["ClusterConfiguration"] ?? {};
    assert.equal(cluster["kubernetesVersion"], "v1.36.1");
    assert.equal(cluster["controlPlaneEndpoint"], "k8s.room.example:8443");
    assert.deepEqual(cluster["networking"], {
      podSubnet: "10.244.0.0/16",
      serviceSubnet: "10.96.0.0/16",
    });
    assert.deepEqual(cluster["apiServer"], {
      certSANs: ["k8s.room.example", "10.0.0.100", "10.0.0.11", "10.0.0.12", "10.0.0.13"],
    });
    assert.equal(config["KubeProxyConfiguration"]?.["mode"], "iptables");
    assert.equal(config["KubeletConfiguration"]?.["failCgroupV1"], undefined);
  });

  it("sets up kubelet and the preflight checks for a kernel with cgroup v1", () => {
    const config = kinds(initConfig(spec, { host: t01, cgroup: "v1" }));
    assert.equal(config["KubeletConfiguration"]?.["failCgroupV1"], false);
    const { ignorePreflightErrors } = config["InitConfiguration"]?.["nodeRegistration"] as {
      ignorePreflightErrors: string[];
    };
    assert.deepEqual(ignorePreflightErrors, ["SystemVerification"]);
  });

  it("of those that join has no secret in it, and a control plane only where one is", () => {
    const plane = kinds(joinConfig(spec, { host: t02, cgroup: "v2" }))["JoinConfiguration"];
    const worker = kinds(joinConfig(spec, { host: t04, cgroup: "v2" }))["JoinConfiguration"];
    assert.deepEqual(plane?.["controlPlane"], {
      localAPIEndpoint: { advertiseAddress: "10.0.0.12", bindPort: 6443 },
      certificateKey: placeholders.key,
    });
    assert.equal(worker?.["controlPlane"], undefined);
    assert.deepEqual(worker?.["discovery"], {
      bootstrapToken: {
        apiServerEndpoint: "k8s.room.example:8443",
        token: placeholders.token,
        caCertHashes: [placeholders.ca],
      },
    });
  });
});

describe("the runtime's configuration", () => {
  it("names the pause image, and is careful only where it must be", () => {
    const args = { pause: "harbor:8080/k8s/pause:3.10.2", mirrors: {}, authorities: {} };
    assert.match(
      containerdConfig({ ...args, confined: false }),
      /sandbox = 'harbor:8080\/k8s\/pause:3\.10\.2'/,
    );
    assert.match(containerdConfig({ ...args, confined: false }), /restrict_oom_score_adj = false/);
    assert.match(containerdConfig({ ...args, confined: true }), /restrict_oom_score_adj = true/);
  });
});

describe("containerd's registry configuration", () => {
  const authorities = { "harbor:8443": "PEM of harbor\n", "mirror.room": "PEM of the mirror\n" };
  const mirrors = {
    "registry.k8s.io": ["http://a:5000", "https://mirror.room/v2/k8s", "https://b"],
  };

  it("tries mirrors in the given order, with a proxy project's path unchanged", () => {
    assert.equal(
      hostsToml("registry.k8s.io", { mirrors, authorities }),
      `# Written by slipway.

[host."http://a:5000"]
  capabilities = ["pull", "resolve"]

[host."https://mirror.room/v2/k8s"]
  capabilities = ["pull", "resolve"]
  ca = "/etc/containerd/authorities/mirror.room.pem"
  override_path = true

[host."https://b"]
  capabilities = ["pull", "resolve"]
`,
    );
  });

  it("believes a registry by its own authority", () => {
    assert.equal(
      hostsToml("harbor:8443", { mirrors, authorities }),
      `# Written by slipway.
server = "https://harbor:8443"
ca = "/etc/containerd/authorities/harbor:8443.pem"
`,
    );
  });

  it("removes its own configuration, and nothing that somebody else has written", () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-registries-"));
    const there = (): string[] =>
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((path) => /\.(pem|toml)$/.test(path))
        .sort();
    const run = (registries: Parameters<typeof registriesBody>[0]): void => {
      const script = registriesBody(registries).replaceAll("/etc/containerd", folder);
      execFileSync("sh", ["-eu", "-c", `${functions()}\n${script}`]);
    };
    try {
      mkdirSync(join(folder, "certs.d", "docker.io"), { recursive: true });
      writeFileSync(join(folder, "certs.d", "docker.io", "hosts.toml"), 'server = "x"\n');
      run({ mirrors, authorities });
      assert.deepEqual(there(), [
        ...["authorities/harbor:8443.pem", "authorities/mirror.room.pem"],
        ...["docker.io", "harbor:8443", "mirror.room", "registry.k8s.io"].map(
          (host) => `certs.d/${host}/hosts.toml`,
        ),
      ]);
      run({ mirrors: {}, authorities: {} });
      assert.deepEqual(there(), ["certs.d/docker.io/hosts.toml"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("the runtime", () => {
  it("and kubelet come back when the machine does", () => {
    const body = runtimeBody({ pause: "pause:1", mirrors: {}, authorities: {}, confined: false });
    assert.match(body, /systemctl enable -q containerd kubelet\n/);
  });
});

describe("the pods' network by routes", () => {
  it("gives each machine the part that the last number of its address names", () => {
    assert.deepEqual(
      [t01, t04].map((host) => podsOf(spec, host)),
      ["10.244.11.0/24", "10.244.14.0/24"],
    );
    const { plugins } = JSON.parse(cniConfig("10.244.11.0/24")) as {
      plugins: { ipam?: unknown }[];
    };
    assert.deepEqual(plugins[0]?.ipam, {
      type: "host-local",
      ranges: [[{ subnet: "10.244.11.0/24" }]],
      routes: [{ dst: "0.0.0.0/0" }],
    });
  });

  it("leads from each machine to every other, and takes away what leads nowhere", () => {
    const ip =
      'case "$*" in *show*) echo "10.244.11.0/24 via x"; echo "10.244.99.0/24 via x" ;; esac';
    const { calls } = play(routesScript(spec, t02), { ip, iptables: '[ "$3" = -A ]' });
    const outside = "POSTROUTING -s 10.244.12.0/24 ! -d 10.244.0.0/16 -j MASQUERADE";
    assert.deepEqual(calls, [
      ...[11, 13, 14].map(
        (number) => `ip route replace 10.244.${number}.0/24 via 10.0.0.${number} proto 99`,
      ),
      "ip -o route show proto 99",
      "ip route del 10.244.99.0/24 proto 99",
      `iptables -t nat -C ${outside}`,
      `iptables -t nat -A ${outside}`,
    ]);
  });
});

describe("labels and taints of a node", () => {
  const labelled = machine("t04", "worker", {
    labels: { zone: "a", "example.com/disk": "ssd" },
    taints: [{ key: "only", value: "db", effect: "NoSchedule" }],
  });

  it("are given by kubectl, and remembered", () => {
    const kubectl = 'case "$*" in *slipway/labels}*) echo zone old ;; esac';
    const { calls } = play(labelsBody(labelled), { kubectl });
    const admin = "kubectl --kubeconfig /etc/kubernetes/admin.conf ";
    assert.deepEqual(
      calls.map((call) => call.replace(admin, "")).filter((call) => !call.startsWith("get")),
      [
        "label node t04 old-",
        "label node t04 --overwrite example.com/disk=ssd zone=a",
        "annotate node t04 --overwrite slipway/labels=example.com/disk zone",
        "taint node t04 --overwrite only=db:NoSchedule",
        "annotate node t04 --overwrite slipway/taints=only:NoSchedule",
        `annotate node t04 --overwrite slipway/labelled=${labelsMark(labelled) ?? ""}`,
      ],
    );
  });

  it("are the same in whatever order they are written", () => {
    const labels = { "example.com/disk": "ssd", zone: "a" };
    assert.equal(labelsMark({ ...labelled, labels }), labelsMark(labelled));
    assert.notEqual(labelsMark({ ...labelled, labels: {} }), labelsMark(labelled));
    assert.equal(labelsMark(t04), undefined);
  });
});
