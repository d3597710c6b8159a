import assert from "node:assert/strict";
import type { HostFacts } from "../../../../components/shared/machine/facts";
import { specProblems } from "../../../../components/cluster/spec";
import type { SpecProblem } from "../../../../components/shared/machine/machine";
import { allBlank, blank, machine, machines, violations, room, told } from "../../../support/room";
import type { ClusterSpec } from "../../../../components/shared/cluster-spec";

/** Invalid settings of the room, and the errors. */
const settings: Record<string, [Partial<ClusterSpec>, string[]]> = {
  "two control planes": [
    { hosts: machines.filter(({ name }) => name !== "t03") },
    [
      "hosts",
      '"2 control planes"',
      "an odd number of control planes: with an even one, one loss more is not survived",
      "make it 1 or 3",
    ],
  ],
  "no control plane": [
    { hosts: machines.filter(({ role }) => role === "worker") },
    [
      "hosts",
      '"0 control planes"',
      "an odd number of control planes: with an even one, one loss more is not survived",
      "give a machine the role control-plane",
    ],
  ],
  "one address twice": [
    { hosts: [...machines, machine("t05", "worker", { address: "10.0.0.14" })] },
    ["hosts.t05.address", '"10.0.0.14"', "an address of its own; t04 has it"],
  ],
  "a machine with the endpoint's address": [
    { endpoint: { name: "k8s", address: "10.0.0.14", port: 8443 } },
    [
      "hosts.t04.address",
      '"10.0.0.14"',
      "an address of its own; this one is the endpoint's, which moves",
    ],
  ],
  "an endpoint among the pods": [
    { endpoint: { name: "k8s", address: "10.244.3.1", port: 8443 } },
    [
      "endpoint.address",
      '"10.244.3.1"',
      "an address outside the network of the pods, 10.244.0.0/16",
      "take a free one of the network that the control planes are in",
    ],
  ],
  "an endpoint among the Services": [
    { endpoint: { name: "k8s", address: "10.96.0.10", port: 8443 } },
    [
      "endpoint.address",
      '"10.96.0.10"',
      "an address outside the network of the services, 10.96.0.0/16",
      "take a free one of the network that the control planes are in",
    ],
  ],
  "a machine among the pods": [
    { hosts: [...machines, machine("t05", "worker", { address: "10.244.0.5" })] },
    [
      "hosts.t05.address",
      '"10.244.0.5"',
      "an address outside the network of the pods, 10.244.0.0/16",
    ],
  ],
  "two machines whose pods would have the same addresses": [
    { hosts: [...machines, machine("t05", "worker", { address: "10.0.1.14" })] },
    [
      "hosts.t05.address",
      '"10.0.1.14"',
      "an address that ends in another number than 10.0.0.14 of t04: the pods of both would be in 10.244.14.0/24, for the last number of a machine's address is the third one of its pods'",
      "give it another address, or a podNetwork of {manifests: …}",
    ],
  ],
  "a machine whose pods are outside their network": [
    {
      networks: { pods: "10.244.0.0/20", services: "10.96.0.0/16" },
      hosts: [...machines, machine("t05", "worker", { address: "10.0.0.16" })],
    },
    [
      "hosts.t05.address",
      '"10.0.0.16"',
      "an address whose pods, 10.244.16.0/24, are in the network of the pods, 10.244.0.0/20: the last number of a machine's address is the third one of its pods'",
      "a larger network for the pods, of 16 bits; another address; or a podNetwork of {manifests: …}",
    ],
  ],
  "networks that overlap": [
    { networks: { pods: "10.96.0.0/12", services: "10.100.0.0/16" } },
    [
      "networks",
      '{"pods":"10.96.0.0/12","services":"10.100.0.0/16"}',
      "two networks that have no address in common",
    ],
  ],
};

/** Facts of one machine before anything was done, and the errors. */
const hosts: Record<string, [Partial<HostFacts>, string[]]> = {
  "no sudo": [
    { root: false },
    [
      '"ops"',
      "a user who becomes root by sudo without a password",
      "on the machine, as root: echo 'ops ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/slipway",
    ],
  ],
  "another architecture": [
    { os: { id: "debian", version: "12", kernel: "6.1", architecture: "riscv64" } },
    ['"riscv64"', "an x86_64 or aarch64 machine", "take another one"],
  ],
  swap: [
    { swap: ["/dev/sda2"] },
    [
      '["/dev/sda2"]',
      "no swap: kubelet does not start beside it",
      "swapoff -a, and take it out of /etc/fstab",
    ],
  ],
  "a clock that is behind": [
    { clockSkew: -90.4 },
    [
      '"a clock that is 90 s behind"',
      "a clock within 5 s of this machine's",
      "run chrony or systemd-timesyncd on all of them",
    ],
  ],
  "a clock that is ahead": [
    { clockSkew: 7.2 },
    [
      '"a clock that is 7 s ahead"',
      "a clock within 5 s of this machine's",
      "run chrony or systemd-timesyncd on all of them",
    ],
  ],
  "a kernel without modules": [
    { missingModules: ["br_netfilter"] },
    [
      '["br_netfilter"]',
      "a kernel with these modules",
      "install the kernel's full modules package",
    ],
  ],
  "no room": [
    { freeDisk: 900 },
    [
      '"900 MiB free below /var/lib"',
      "at least 8192 MiB",
      "make room, or mount a larger disk there",
    ],
  ],
  "too little memory": [
    { memory: 1024 },
    ['"1024 MiB of memory"', "at least 1700 MiB for a control-plane", "give it more"],
  ],
  "too few processors": [
    { processors: 1 },
    ['"1 processor"', "at least 2 for a control-plane", "give it more"],
  ],
  "a port in use": [
    { listening: new Map([[6443, "nginx"]]) },
    [
      '"nginx listens on port 6443"',
      "port 6443 for kube-apiserver",
      "stop nginx, or let it listen elsewhere",
    ],
  ],
  "the balancer's port in use": [
    { listening: new Map([[8443, "java"]]) },
    [
      '"java listens on port 8443"',
      "port 8443 for haproxy",
      "stop java, or let it listen elsewhere",
    ],
  ],
  "a program that is missing": [
    { programs: { ...blank("t01").programs, haproxy: undefined as never } },
    [
      '["haproxy is missing"]',
      "these programs, kubeadm and kubelet in v1.36.1: `packages.from` says that they are installed already",
      "install them, or let apt or dnf do it",
    ],
  ],
  "kubeadm of another version": [
    { programs: { ...blank("t01").programs, kubeadm: "v1.35.0" } },
    [
      '["kubeadm is v1.35.0"]',
      "these programs, kubeadm and kubelet in v1.36.1: `packages.from` says that they are installed already",
      "install them, or let apt or dnf do it",
    ],
  ],
  "a node of another cluster": [
    { joined: true },
    [
      '"a node of another cluster: /etc/kubernetes/kubelet.conf is there, and nothing of ours"',
      "a machine that is no node yet, or one of this cluster",
      "if nothing runs there any more, on the machine: kubeadm reset",
    ],
  ],
};

describe("a machine room is refused", () => {
  for (const [what, [change, expected]] of Object.entries(settings)) {
    it(what, () => {
      assert.ok(
        specProblems(room(change)).some((problem) => isDeep(told(problem), expected)),
        show(specProblems(room(change))),
      );
    });
  }

  for (const [what, [change, expected]] of Object.entries(hosts)) {
    it(what, () => {
      const gathered = allBlank().set("t01", blank("t01", change));
      assert.deepEqual(violations(room(), gathered), [["hosts.t01", ...expected]]);
    });
  }

  it("packages by a manager that the machine does not have", () => {
    const apt = room({ packages: { from: "apt", repositories: [] } });
    const os = { id: "rocky", version: "9", kernel: "5.14", architecture: "x86_64" };
    const gathered = allBlank().set("t04", blank("t04", { os }));
    assert.deepEqual(violations(apt, gathered), [
      ["hosts.t04", '"rocky"', "Debian or Ubuntu, for packages come by apt", "set `packages.from`"],
    ]);
    const dnf = room({ packages: { from: "dnf", repositories: [] } });
    assert.equal(violations(dnf, gathered).length, 3);
  });
});

const isDeep = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const show = (problems: readonly SpecProblem[]): string =>
  JSON.stringify(problems.map(told), undefined, 1);
