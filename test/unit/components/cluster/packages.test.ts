import assert from "node:assert/strict";
import { lacking, packagesBody } from "../../../../components/cluster/packages";
import type { Packages } from "../../../../components/shared/machine/packages";
import { upgradeBody } from "../../../../components/cluster/upgrade";
import { blank, machine, machines, room } from "../../../support/room";
import { play } from "../../../support/shell";

const [t01 = machine("t01", "control-plane")] = machines;
const by = (from: Packages["from"]) =>
  room({ packages: { from, repositories: ["deb http://mirror/k8s ./"] } });
const none = { programs: {}, joined: false };
const installers = { "apt-get": "", "apt-mark": "", dnf: "" };

/** The calls of a package manager. */
const asked = (body: string): string[] =>
  play(body, installers).calls.filter((call) => /^(apt|dnf)/.test(call));

/** An installation, by its packages only. */
const short = (call: string): string => call.replace(/^(apt-get|dnf) .*? (?=kube)/, "");

describe("packages of a machine", () => {
  const of = (
    from: Packages["from"],
    host = t01,
    gathered: Parameters<typeof packagesBody>[2] = none,
  ) => packagesBody(by(from), host.role, gathered);

  it("are only looked for where somebody else installs them", () => {
    assert.deepEqual(asked(of("preinstalled")), []);
  });

  it("come in the cluster's version, and are held there", () => {
    const [update, install = "", ...held] = asked(of("apt"));
    assert.equal(update, "apt-get -q update");
    assert.match(install, / --allow-change-held-packages .* kubelet=1\.36\.1-\*/);
    assert.deepEqual(
      held,
      ["kubeadm", "kubectl", "kubelet"].map((name) => `apt-mark hold ${name}`),
    );
    assert.match(asked(of("dnf"))[0] ?? "", /^dnf -q install -y .* kubelet-1\.36\.1-\*/);
  });

  it("of a worker have no balancer among them", () => {
    const installed = (host: typeof t01) => asked(of("apt", host)).join("\n");
    assert.match(installed(t01), /keepalived/);
    assert.doesNotMatch(installed(machine("t04", "worker")), /keepalived|haproxy/);
  });

  it("leave a node's own version to the upgrade, but bring what it lost", () => {
    const programs = { ...blank("t01").programs, kubectl: undefined as never };
    const body = asked(of("apt", t01, { programs, joined: true })).join("\n");
    assert.match(body, /install .* kubectl=1\.36\.1-\*/);
    assert.doesNotMatch(body, /kube(let|adm)=/);
  });

  it("that are missing are named by the program", () => {
    const gathered = {
      joined: false,
      programs: {
        containerd: "2",
        runc: "1",
        kubelet: "v1.36.1",
        kubeadm: "v1.35.0",
        kubectl: "v1.36.1",
      },
    };
    const missing = [
      "/opt/cni/bin/bridge is missing",
      "conntrack is missing",
      "iptables is missing",
    ];
    assert.deepEqual(lacking(by("preinstalled"), "worker", gathered), [
      "kubeadm is v1.35.0",
      ...missing,
    ]);
    assert.deepEqual(lacking(by("apt"), "worker", gathered), ["kubeadm is v1.35.0", ...missing]);
    assert.deepEqual(lacking(by("apt"), "worker", { ...gathered, joined: true }), missing);
  });

  it("come in their order in an upgrade: kubeadm, what it does, kubelet with kubectl", () => {
    for (const [from, sign] of [
      ["apt", "="],
      ["dnf", "-"],
    ] as const) {
      const body = upgradeBody(by(from), { host: t01, cgroup: "v2" });
      const { calls, stderr } = play(body, {
        ...installers,
        kubeadm: "echo v1.36.1",
        kubelet: "echo Kubernetes v1.36.1",
        kubectl: "echo kubernetesVersion: v1.35.4",
        systemctl: "",
      });
      assert.equal(stderr, "");
      assert.deepEqual(
        calls.filter((call) => /install|kubeadm upgrade|restart/.test(call)).map(short),
        [
          `kubeadm${sign}1.36.1-*`,
          "kubeadm upgrade apply --yes v1.36.1",
          `kubelet${sign}1.36.1-* kubectl${sign}1.36.1-*`,
          "systemctl restart kubelet",
        ],
      );
    }
  });
});
