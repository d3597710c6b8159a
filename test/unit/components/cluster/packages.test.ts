import assert from "node:assert/strict";
import { lacking, packagesBody } from "../../../../components/cluster/packages";
import type { Packages } from "../../../../components/shared/machine/packages";
import { upgradeBody } from "../../../../components/cluster/upgrade";
import { blank, machine, machines, room } from "../../../support/room";

const [t01 = machine("t01", "control-plane")] = machines;
const by = (from: Packages["from"]) =>
  room({ packages: { from, repositories: ["deb http://mirror/k8s ./"] } });
const none = { programs: {}, joined: false };

describe("packages of a machine", () => {
  const of = (
    from: Packages["from"],
    host = t01,
    found: Parameters<typeof packagesBody>[2] = none,
  ) => packagesBody(by(from), host.role, found);

  it("are only looked for where somebody else installs them", () => {
    assert.doesNotMatch(of("preinstalled"), /apt-get|dnf/);
  });

  it("come in the cluster's version, and are held there", () => {
    assert.match(of("apt"), /'kubelet=1\.36\.1-\*'/);
    assert.match(of("apt"), /apt-mark hold kubeadm kubectl kubelet/);
    assert.match(of("dnf"), /'kubelet-1\.36\.1-\*'/);
  });

  it("of a worker have no balancer among them", () => {
    assert.match(of("apt"), /keepalived/);
    assert.doesNotMatch(of("apt", machine("t04", "worker")), /keepalived|haproxy/);
  });

  it("leave a node's own version to the upgrade, but bring what it lost", () => {
    const programs = { ...blank("t01").programs, kubectl: undefined as never };
    const body = of("apt", t01, { programs, joined: true });
    assert.match(body, /install .*'kubectl=1\.36\.1-\*'/);
    assert.doesNotMatch(body, /'kube(let|adm)=/);
  });

  it("that are missing are told by the program", () => {
    const found = {
      joined: false,
      programs: {
        ...{ containerd: "2", runc: "1", kubelet: "v1.36.1" },
        ...{ kubeadm: "v1.35.0", kubectl: "v1.36.1" },
      },
    };
    const missing = [
      "/opt/cni/bin/bridge is missing",
      "conntrack is missing",
      "iptables is missing",
    ];
    assert.deepEqual(lacking(by("preinstalled"), "worker", found), [
      "kubeadm is v1.35.0",
      ...missing,
    ]);
    assert.deepEqual(lacking(by("apt"), "worker", found), ["kubeadm is v1.35.0", ...missing]);
    assert.deepEqual(lacking(by("apt"), "worker", { ...found, joined: true }), missing);
  });

  it("come in their order in an upgrade: kubeadm, what it does, kubelet with kubectl", () => {
    for (const [from, sign] of [
      ["apt", "="],
      ["dnf", "-"],
    ] as const) {
      const body = upgradeBody(by(from), { host: t01, cgroup: "v2" });
      const order = [
        `'kubeadm${sign}1.36.1-*'`,
        'kubeadm upgrade "$@"',
        `'kubelet${sign}1.36.1-*' 'kubectl${sign}1.36.1-*'`,
        "systemctl restart kubelet",
      ].map((part) => body.indexOf(part));
      assert.ok(
        order.every((place, index) => place > (order[index - 1] ?? 0)),
        order.join(" "),
      );
    }
  });
});
