import * as assert from "node:assert/strict";
import fc from "fast-check";
import { UserError } from "../../../components/shared/problem";
import { boundingSet, bundle, grantedCapabilities, volumes } from "../../../sandbox/hosts/bundle";
import { chooseNetwork, labNetwork, macOf, mostHosts } from "../../../sandbox/hosts/network";
import { labPlace } from "../../../sandbox/hosts/place";
import { refuseOptions } from "../../../sandbox/hosts/start";
import { layout } from "../../../sandbox/layout";

const third = fc.integer({ min: 0, max: 255 });

describe("hosts of a lab", () => {
  describe("network", () => {
    const cases: { what: string; taken: string[]; seed: number; cidr: string }[] = [
      { what: "nothing is taken", taken: [], seed: 7, cidr: "10.200.7.0/24" },
      { what: "it is taken", taken: ["10.200.7.0/24"], seed: 7, cidr: "10.200.8.0/24" },
      { what: "an address in it is", taken: ["10.200.7.99"], seed: 7, cidr: "10.200.8.0/24" },
      { what: "a part of it is", taken: ["10.200.7.128/25"], seed: 7, cidr: "10.200.8.0/24" },
      { what: "a wider one is", taken: ["10.200.0.0/21"], seed: 7, cidr: "10.200.8.0/24" },
      { what: "the last is", taken: ["10.200.255.1/24"], seed: 255, cidr: "10.200.0.0/24" },
      {
        what: "others are",
        taken: ["192.0.2.2/24", "10.20.0.0/16"],
        seed: 7,
        cidr: "10.200.7.0/24",
      },
      { what: "there is a default route", taken: ["default"], seed: 7, cidr: "10.200.7.0/24" },
      { what: "it is written as 0.0.0.0/0", taken: ["0.0.0.0/0"], seed: 7, cidr: "10.200.7.0/24" },
      { what: "the seed is large", taken: [], seed: 65_535, cidr: "10.200.255.0/24" },
    ];
    for (const { what, taken, seed, cidr } of cases) {
      it(`is ${cidr} where ${what}`, () => {
        assert.equal(chooseNetwork(taken, seed).cidr, cidr);
      });
    }

    it("is refused where none is left", () => {
      assert.throws(() => chooseNetwork(["10.0.0.0/8"], 0), UserError);
    });

    it("gives every host, virtual address and bridge an address of its own", () => {
      fc.assert(
        fc.property(third, (number) => {
          const { host, free, machine, gateway, cidr } = labNetwork(number);
          const hosts = Array.from({ length: mostHosts }, (_, index) => host(index));
          const all = [...hosts, ...free, machine, gateway];
          assert.equal(new Set(all).size, all.length);
          assert.ok(all.every((each) => each.startsWith(cidr.replace("0/24", ""))));
          assert.ok(all.every((each) => Number(each.split(".")[3]) < 255));
        }),
      );
    });

    it("gives a host a hardware address that is nobody else's, and no group's", () => {
      assert.equal(macOf("10.200.7.11"), "02:00:0a:c8:07:0b");
      fc.assert(
        fc.property(fc.ipV4(), fc.ipV4(), (one, other) => {
          assert.match(macOf(one), /^02(:[0-9a-f]{2}){5}$/);
          assert.equal(macOf(one) === macOf(other), one === other);
        }),
      );
    });
  });

  describe("names", () => {
    const here = layout({ XDG_STATE_HOME: "/tmp/a" });

    for (const name of ["", "T01", "1t", "a.b", "a/b", "../a", "a-", "a b", "a".repeat(41)]) {
      it(`${JSON.stringify(name)} is refused for a lab`, () => {
        assert.throws(() => labPlace(here, name), UserError);
      });
    }

    it("lead to devices that the kernel takes, and no two labs to the same", () => {
      const other = layout({ SLIPWAY_SANDBOX_NAME: "other" });
      const places = [
        ...[labPlace(here, "one"), labPlace(here, "two"), labPlace(other, "one")],
        labPlace(here, `a${"b".repeat(39)}`),
      ];
      assert.ok(places.every(({ device }) => device.length <= 15));
      for (const key of ["device", "cgroup", "folder"] as const) {
        assert.equal(new Set(places.map((place) => place[key])).size, places.length, key);
      }
    });

    it("are refused with everything that is wrong, before anything is done", () => {
      const wrong = { name: "lab", hosts: ["t01", "t01"], bare: ["t02"], diskGiB: 0 };
      assert.throws(
        () => {
          refuseOptions(wrong);
        },
        (error) => {
          assert.ok(error instanceof UserError);
          assert.equal(error.exitCode, 2);
          assert.match(error.message, /same name/);
          assert.match(error.message, /none of its hosts is t02/);
          assert.match(error.message, /at least 1 GiB/);
          return true;
        },
      );
    });
  });

  describe("container", () => {
    const all = (1n << 41n) - 1n;
    const facts = {
      name: "t01",
      machineId: "0123456789abcdef0123456789abcdef",
      cgroup: "/slipway-lab-12345678/t01",
      volumes: { "/disk/etcd": volumes.etcd },
      capabilities: all,
    };

    it("has what this process may give, less what reaches out of the host", () => {
      const granted = grantedCapabilities(all);
      assert.equal(granted.length, 38);
      for (const name of ["CAP_SYS_ADMIN", "CAP_NET_ADMIN", "CAP_SYS_RESOURCE", "CAP_BPF"]) {
        assert.ok(granted.includes(name), name);
      }
      for (const name of ["CAP_SYS_TIME", "CAP_SYS_MODULE", "CAP_SYS_RAWIO"]) {
        assert.ok(!granted.includes(name), name);
      }
      const confined = boundingSet("CapEff:\t0\nCapBnd:\t000001fffeffffff\nCapAmb:\t0\n");
      assert.ok(!grantedCapabilities(confined).includes("CAP_SYS_RESOURCE"));
      assert.equal(grantedCapabilities(confined).length, 37);
      assert.deepEqual(grantedCapabilities(boundingSet("no such line")), []);
    });

    it("has a network, a group, an id and disks of its own", () => {
      const text = JSON.stringify(bundle(facts));
      const { linux, process, mounts } = JSON.parse(text) as {
        linux: { namespaces: { type: string; path?: string }[]; cgroupsPath: string };
        process: { env: string[]; args: string[] };
        mounts: { destination: string; source: string }[];
      };
      const network = linux.namespaces.find(({ type }) => type === "network");
      assert.equal(network?.path, "/run/netns/t01");
      const types = linux.namespaces.map(({ type }) => type).sort();
      assert.deepEqual(types, ["cgroup", "ipc", "mount", "network", "pid", "uts"]);
      assert.equal(linux.cgroupsPath, facts.cgroup);
      assert.ok(process.env.includes(`container_uuid=${facts.machineId}`));
      assert.match(process.args[2] ?? "", /exec \/sbin\/init\n$/);
      const disk = mounts.find(({ destination }) => destination === volumes.etcd);
      assert.equal(disk?.source, "/disk/etcd");
    });
  });
});
