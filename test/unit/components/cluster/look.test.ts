import assert from "node:assert/strict";
import type { SpecProblem } from "../../../../components/shared/machine/machine";
import { missingKeys, unfitKeys } from "../../../../components/shared/machine/keys";
import { planCluster } from "../../../../components/cluster/plan";
import type { GatheredFacts } from "../../../../components/shared/machine/facts";
import { kubeconfigOf } from "../../../../components/cluster/look";
import { machine, machines, violations, room } from "../../../support/room";
import { makeKey, SshServer, type Answer } from "../../../support/ssh-server";
import type { HostSpec } from "../../../../components/shared/cluster-spec";
import { lookAtHosts } from "../../../../components/shared/machine/look";

/** Output of a machine after installation. */
const facts = (...more: string[]): string =>
  [
    ...[`time ${Date.now() / 1000}`, "machine-id 0123", "os debian 12 6.1 x86_64", "cgroup v2"],
    ...["free 40000", "memory 4000", "processors 2"],
    ...[
      "containerd 2.2",
      "runc 1.3",
      "/opt/cni/bin/bridge 1",
      "conntrack 1",
      "iptables 1",
      "keepalived 2",
      "haproxy 3",
    ]
      .concat(["kubelet v1.36.1", "kubeadm v1.36.1", "kubectl v1.36.1"])
      .map((program) => `program ${program}`),
    ...more,
  ].join("\n");

/** How a machine answers or is reached, and the preview's error. */
const cases: Record<string, { answer?: () => Answer; asked?: Partial<HostSpec>; said: RegExp }> = {
  "shows another host key": {
    asked: { hostKey: makeKey().public },
    said: /^hosts\.t01: .*another key than expected; nothing was sent/,
  },
  "does not know the key": {
    asked: { ssh: { user: "ops", port: 0, key: "other" } },
    said: /^hosts\.t01: .*the host does not let us in/,
  },
  "listens on another port": {
    asked: { ssh: { user: "ops", port: 1, key: "roomKey" } },
    said: /^hosts\.t01: .*nothing listens on port 1/,
  },
  "prints something else": {
    answer: () => ({ stdout: "This account is currently not available.\n", code: 1 }),
    said: /^hosts\.t01: /,
  },
  "ends without output": {
    answer: () => ({ stdout: "" }),
    said: /^hosts\.t01: .*it lets us in, but says nothing of use: it told no os/,
  },
  "has an invalid certificate": {
    answer: () => ({ stdout: facts("root yes", "certificate bm9uZQ==") }),
    said: /^hosts\.t01: .*a file below \/etc\/kubernetes\/pki is no certificate/,
  },
  "closes the connection": {
    answer: () => ({ lost: true }),
    said: /^hosts\.t01: .*127\.0\.0\.1/,
  },
  "does not come to an end": {
    answer: () => ({ hangs: true }),
    said: /^hosts\.t01: .*1 s/,
  },
  "has nobody who becomes root": {
    answer: () => ({ stdout: facts() }),
    said: /^hosts\.t01: "ops" a user who becomes root by sudo without a password on the machine, as root: echo/,
  },
  "has a clock that is wrong": {
    answer: () => ({ stdout: facts("root yes").replace(/time .*/, "time 1000000") }),
    said: /^hosts\.t01: "a clock that is \d+ s behind"/,
  },
  "has half of what it needs": {
    answer: () => ({ stdout: facts("root yes").replace(/program (runc|kubelet) .*\n/g, "") }),
    said: /^hosts\.t01: \["runc is missing","kubelet is missing"\]/,
  },
};

describe("a machine that is looked at", () => {
  let server: SshServer;
  before(async () => {
    server = await SshServer.start();
  });
  after(async () => {
    await server.close();
  });

  const look = async (asked: Partial<HostSpec> = {}): Promise<GatheredFacts> => {
    const here = machine("t01", "control-plane", {
      address: server.host,
      hostKey: server.hostKey,
      ...asked,
    });
    const { user, key, port } = here.ssh;
    const host = { ...here, ssh: { user, key, port: port === 1 ? 1 : server.port } };
    const keys = { roomKey: server.userKey.private, other: makeKey().private, none: "no key" };
    const gathered = await lookAtHosts([host], keys, { connectSeconds: 2, timeoutSeconds: 1 });
    return gathered.get("t01") ?? assert.fail("not looked at");
  };

  for (const [
    what,
    { answer = () => ({ stdout: facts("root yes") }), asked, said },
  ] of Object.entries(cases)) {
    it(`is reported by its name when it ${what}`, async () => {
      server.answer = answer;
      const gathered = new Map([["t01", await look(asked)]]);
      const spec = room({ hosts: machines.slice(0, 1) });
      const told = violations(spec, gathered).map(
        ([where = "", ...rest]) => `${where}: ${rest.join(" ")}`,
      );
      assert.equal(told.length, 1, told.join("\n"));
      assert.match((told[0] ?? "").replaceAll("\\n", " "), said);
      assert.doesNotMatch(told[0] ?? "", /PRIVATE KEY|\n +at /);
    });
  }

  it("is not even contacted with an invalid key, which is reported once, by the key's name", async () => {
    const gathered = await look({ ssh: { user: "ops", port: 0, key: "none" } });
    assert.ok("badKey" in gathered);
    const hosts = ["t01", "t02"].map((name) => {
      const host = machine(name, "control-plane");
      return { ...host, ssh: { ...host.ssh, key: "none" } };
    });
    const both = new Map(hosts.map(({ name }) => [name, gathered]));
    const said = (problems: readonly SpecProblem[]): string[] =>
      problems.map(({ path, allowed }) => `${path.join(".")}: ${allowed}`);
    assert.deepEqual(said(missingKeys(hosts, ["none"])), []);
    assert.deepEqual(said(unfitKeys(hosts, both)), [
      "ssh.key: a secret with a private key that has no passphrase: it is neither in OpenSSH's format nor a PEM key",
    ]);
    assert.deepEqual(said(missingKeys(hosts, [])), [
      "ssh.key: the name of a secret of this stack; there is none of the name given",
    ]);
  });

  it("is what it reports, if nothing is wrong", async () => {
    server.answer = () => ({ stdout: facts("root yes") });
    const spec = room({ hosts: machines.slice(0, 1) });
    assert.deepEqual(violations(spec, new Map([["t01", await look()]])), []);
  });

  describe("and has a cluster", () => {
    const kubeconfig = async (answer: Answer, stands = true): Promise<string | undefined> => {
      const asked: string[] = [];
      server.answer = ({ command }) => {
        asked.push(command);
        return answer;
      };
      const here = machine("t01", "control-plane", {
        address: server.host,
        hostKey: server.hostKey,
        ssh: { user: "ops", key: "roomKey", port: server.port },
      });
      const spec = room({ hosts: [here] });
      const plan = { ...planCluster(spec, new Map()), primaryControlPlane: here, stands };
      try {
        return await kubeconfigOf(spec, plan, { roomKey: server.userKey.private });
      } finally {
        if (!stands) assert.deepEqual(asked, []);
      }
    };

    it("shows its kubeconfig", async () => {
      assert.equal(await kubeconfig({ stdout: "kind: Config\n" }), "kind: Config\n");
    });

    it("is not asked for it before there is one", async () => {
      assert.equal(await kubeconfig({ stdout: "kind: Config\n" }, false), undefined);
    });

    it("reports why it does not", async () => {
      await assert.rejects(
        kubeconfig({ code: 2, stderr: "sed: can't read admin.conf\n" }),
        /^UserError: t01 does not show its kubeconfig: sed: can't read admin.conf$/,
      );
    });
  });
});
