import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { factsCommand, parseFacts } from "../../../../../components/shared/machine/facts";
import { FactsError } from "../../../../../components/shared/machine/lines";

const asked = new Date("2026-11-22T01:00:00Z");
const seconds = asked.getTime() / 1000;

/** Facts as a control plane prints them. */
const printed = `time ${seconds + 2.5}
machine-id 0123456789abcdef
os debian 12 6.1.0-18-amd64 x86_64
root yes
cgroup v2
swap /dev/sda2
confined yes
no-module br_netfilter
free 40960
memory 7963
processors 4
listens 6443 kube-apiserver
listens 22 sshd
listens 9100
program kubelet v1.36.1
program containerd v2.2.0
mark system aaaa 1
mark init bbbb 2
runs 17
note etcd 2026-11-22 ok
image kube-apiserver v1.36.1
image etcd 3.6.6-0
network 10.0.0.11/24
address 10.0.0.11 eth0
network 10.0.0.100/32
address 10.0.0.100 eth0
peer 10.0.0.12
running containerd
joined yes
node t01 0123456789abcdef v1.36.1 True  
node t02 fedcba v1.36.0 False true abcd draining v1.35.4 2 yes
dns t01
dns
answers yes
pods 10.244.0.0/16
member 1a2b t01 started
member 3c4d unstarted
etcd [{"Endpoint":"127.0.0.1:2379","Status":{"header":{"member_id":7},"dbSize":21540864,"leader":7,"dbSizeInUse":2351104,"errors":["memberID:7 alarm:NOSPACE"]}}]
warning: nobody asked for this
`;

describe("facts of a machine", () => {
  const facts = parseFacts(printed, asked);

  it("are what it printed, line by line", () => {
    assert.deepEqual(
      { ...facts, cluster: undefined },
      {
        machineId: "0123456789abcdef",
        os: { id: "debian", version: "12", kernel: "6.1.0-18-amd64", architecture: "x86_64" },
        root: true,
        cgroup: "v2",
        swap: ["/dev/sda2"],
        clockSkew: 2.5,
        confined: true,
        missingModules: ["br_netfilter"],
        freeDisk: 40960,
        memory: 7963,
        processors: 4,
        listening: new Map([
          [6443, "kube-apiserver"],
          [22, "sshd"],
          [9100, ""],
        ]),
        programs: { kubelet: "v1.36.1", containerd: "v2.2.0" },
        marks: { system: "aaaa 1", init: "bbbb 2" },
        runs: 17,
        notes: { etcd: "2026-11-22 ok" },
        images: { "kube-apiserver": "v1.36.1", etcd: "3.6.6-0" },
        etcd: { size: 21540864, inUse: 2351104, leads: true, full: true },
        addresses: new Map([
          ["10.0.0.11", "eth0"],
          ["10.0.0.100", "eth0"],
        ]),
        networks: ["10.0.0.11/24", "10.0.0.100/32"],
        peers: ["10.0.0.12"],
        running: ["containerd"],
        joined: true,
        cluster: undefined,
      },
    );
  });

  it("contain what its API server reports about the cluster", () => {
    assert.deepEqual(facts.cluster, {
      nodes: [
        {
          name: "t01",
          machineId: "0123456789abcdef",
          version: "v1.36.1",
          ready: true,
          unschedulable: false,
          renewed: 0,
          defragmented: false,
        },
        {
          name: "t02",
          machineId: "fedcba",
          version: "v1.36.0",
          ready: false,
          unschedulable: true,
          labelled: "abcd",
          cordoned: "draining",
          upgraded: "v1.35.4",
          renewed: 2,
          defragmented: true,
        },
      ],
      members: [
        { id: "1a2b", name: "t01" },
        { id: "3c4d", name: "" },
      ],
      pods: "10.244.0.0/16",
      dns: ["t01"],
    });
  });

  it("have a clock that is wrong only by what no slow answer explains", () => {
    const skew = (begun: number, ended: number, answered: number): number => {
      const text = printed
        .replace(/time .*/, `time ${seconds + begun}`)
        .concat(`ended ${seconds + ended}\n`);
      return parseFacts(text, asked, new Date(asked.getTime() + answered * 1000)).clockSkew;
    };
    assert.equal(skew(3, 9, 20), 0);
    assert.equal(skew(-7, -1, 20), -7);
    assert.equal(skew(11, 30, 20), 10);
  });

  it("hold no cluster where its API server is silent", () => {
    const silent = printed.replace("answers yes\n", "");
    assert.equal(parseFacts(silent, asked).cluster, undefined);
  });

  it("are none when something else was printed", () => {
    assert.throws(() => parseFacts("This account is not available.\n", asked), FactsError);
  });

  it("are printed by a real Linux machine, without rights and without a change", function () {
    // The command reads files that only Linux has.
    if (process.platform !== "linux") this.skip();
    const env = { PATH: "/usr/bin:/bin", HOME: "/nonexistent" };
    const { stdout, status } = spawnSync("sh", ["-c", factsCommand()], { env, encoding: "utf8" });
    assert.equal(status, 0);
    const here = parseFacts(stdout, new Date());
    assert.match(here.machineId, /^[0-9a-f]{32}$/);
    assert.ok(here.memory > 0 && here.processors > 0 && here.freeDisk > 0);
    assert.ok(Math.abs(here.clockSkew) < 60);
    assert.equal(here.addresses.get("127.0.0.1"), "lo");
  });
});
