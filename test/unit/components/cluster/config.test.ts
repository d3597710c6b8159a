import assert from "node:assert/strict";
import { resolveHosts, specOf } from "../../../../components/cluster/hosts";
import { HostsClusterConfig } from "../../../../components/cluster/config";

const host = { address: "10.0.0.11", role: "control-plane", hostKey: "ssh-ed25519 AAAA" };
const good = {
  kind: "hosts",
  name: "room",
  version: "v1.36.1",
  endpoint: { name: "k8s.room.example", address: "10.0.0.100" },
  ssh: { key: "roomKey" },
  hosts: { t01: host },
};
const withHost = (more: object): object => ({ ...good, hosts: { t01: { ...host, ...more } } });

/** A room's settings, and where and by which rule they are refused. */
const cases: Record<string, [object, string, RegExp]> = {
  "a version without its v": [{ ...good, version: "1.36.1" }, "version", /v1\.36\.1/],
  "a version that is a branch": [{ ...good, version: "v1.36" }, "version", /v1\.36\.1/],
  "an endpoint that is a name": [
    { ...good, endpoint: { name: "k8s.room.example", address: "k8s.room.example" } },
    "endpoint.address",
    /an IPv4 address/,
  ],
  "a network that is too small": [
    { ...good, networks: { pods: "10.244.0.0/26" } },
    "networks.pods",
    /12 to 24 bits/,
  ],
  "a way of Services that there is not": [{ ...good, proxy: "ebpf" }, "proxy", /iptables/],
  "a mirror without its scheme": [
    { ...good, mirrors: { "docker.io": ["10.0.0.5:5000"] } },
    "mirrors.docker.io.0",
    /http:\/\/ or https:\/\//,
  ],
  "packages by hand": [{ ...good, packages: { from: "tar" } }, "packages.from", /preinstalled/],
  "workers all at once": [
    { ...good, drain: { workersAtOnce: 0 } },
    "drain.workersAtOnce",
    /1 to 20/,
  ],
  "a share that is a percentage": [
    { ...good, defragment: { below: 50 } },
    "defragment.below",
    /share|<=1/,
  ],
  "an image without its registry": [{ ...good, prepull: ["nginx"] }, "prepull.0", /registry/],
  "a machine without a host key": [withHost({ hostKey: undefined }), "hosts.t01.hostKey", /AAAA/],
  "a fingerprint for a host key": [
    withHost({ hostKey: "SHA256:abc" }),
    "hosts.t01.hostKey",
    /ssh-keyscan/,
  ],
  "an address out of range": [
    withHost({ address: "10.0.0.256" }),
    "hosts.t01.address",
    /an IPv4 address/,
  ],
  "a node that no machine can be": [withHost({ node: "T01" }), "hosts.t01.node", /lower-case/],
  "a role that there is not": [withHost({ role: "master" }), "hosts.t01.role", /control-plane/],
  "a taint without its effect": [
    withHost({ taints: [{ key: "only" }] }),
    "hosts.t01.taints.0.effect",
    /NoSchedule/,
  ],
  "a machine's name with capitals": [{ ...good, hosts: { T01: host } }, "hosts.T01", /lower-case/],
  "a key that there is not": [withHost({ adress: "10.0.0.12" }), "hosts.t01", /adress/],
};

describe("the settings of a machine room are refused", () => {
  for (const [what, [given, where, rule]] of Object.entries(cases)) {
    it(what, () => {
      const { success, error } = HostsClusterConfig.safeParse(given);
      assert.equal(success, false);
      const told = error.issues.map(({ path, message, ...more }) => ({
        where: path.join("."),
        message: `${message} ${JSON.stringify(more)}`,
      }));
      const here = told.filter((each) => each.where === where);
      assert.equal(here.length, 1, JSON.stringify(told));
      assert.match(here[0]?.message ?? "", rule);
    });
  }

  it("but for what is left to defaults", () => {
    const { drain, renewBelowDays, defragment } = HostsClusterConfig.parse(good);
    assert.deepEqual(drain, { timeoutSeconds: 300, workersAtOnce: 1 });
    assert.deepEqual([renewBelowDays, defragment], [30, { below: 0.5, above: 100 }]);
  });
});

describe("a machine that is called otherwise than its node", () => {
  const room = (hosts: object) => HostsClusterConfig.parse({ ...good, hosts });
  const t02 = { ...host, address: "10.0.0.12" };

  it("is the same machine as before", () => {
    assert.deepEqual(
      specOf(room({ master: { ...host, node: "t01" }, t02 })),
      specOf(room({ t01: host, t02 })),
    );
  });

  it("is named by its key in the settings, and has a node of its own", () => {
    const cluster = room({ master: { ...host, node: "t01", address: "10.0.0.100" }, t01: t02 });
    const document = { file: "Pulumi.uat.yaml", value: undefined, prefix: "slipway:" };
    const where = { checkout: "", document, secrets: [], authorities: {} };
    const { problems = [] } = resolveHosts(cluster, where);
    assert.deepEqual(problems.map(({ path, allowed }) => `${path ?? ""}: ${allowed}`).slice(0, 1), [
      "slipway:cluster.hosts.t01.node: a node of its own; master is t01",
    ]);
    const alone = room({ master: { ...host, node: "t01", address: "10.0.0.100" } });
    assert.ok(
      resolveHosts(alone, where).problems?.some(
        ({ path }) => path === "slipway:cluster.hosts.master.address",
      ),
    );
  });
});
