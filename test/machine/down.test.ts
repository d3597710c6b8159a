import * as assert from "node:assert/strict";
import { execaSync } from "execa";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { clusterStatus, startCluster, stopCluster } from "../../sandbox/cluster";
import { hierarchies, remainingCgroups } from "../../sandbox/cluster/isolation/cgroups";
import { hostPorts, readPorts } from "../../sandbox/cluster/ports";
import { layout } from "../../sandbox/layout";
import { silent } from "../../sandbox/progress";
import { toolchain } from "../../sandbox/toolchain/build";
import { listeners } from "../support/cluster";
import { describeAll } from "../support/suites";

/** A sandbox for this test alone, beside that of the other tests. */
const here = layout({ ...process.env, SLIPWAY_SANDBOX_NAME: "down-test" });

/** Values that the kubelet, kube-proxy and network plugins are known to change. */
const sysctls = [
  ...["vm/overcommit_memory", "kernel/panic", "kernel/panic_on_oops", "kernel/hostname"],
  ...["kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes", "net/ipv4/ip_forward"],
  ...["net/ipv4/icmp_ratelimit", "net/ipv4/conf/all/send_redirects"],
  ...["net/ipv4/conf/all/route_localnet", "net/ipv6/conf/all/disable_ipv6"],
  ...["net/netfilter/nf_conntrack_max", "fs/inotify/max_user_instances"],
];

/** What a sandbox could have changed on this machine. */
function host(): Record<string, unknown> {
  const run = (command: string, ...args: string[]) =>
    execaSync(command, args, { reject: false }).stdout.split("\n").filter(isNoCounter);
  return {
    mounts: readFileSync("/proc/self/mounts", "utf8").split("\n"),
    iptables: [...run("iptables-save"), ...run("iptables-legacy-save"), ...run("ip6tables-save")],
    interfaces: readdirSync("/sys/class/net"),
    routes: run("ip", "route"),
    sysctls: sysctls.map((name) => [name, read(join("/proc/sys", name))]),
    places: ["/run/netns", "/run/containerd", "/var/lib/kubelet", "/var/lib/cni", "/opt/containerd"]
      .concat(["/var/log/containers", "/var/log/pods", "/etc/cni", "/run/xtables.lock"])
      .map((path) => [path, existsSync(path)]),
  };
}

const isNoCounter = (line: string) => !line.startsWith("#") && !/^:.*\[\d+:\d+\]$/.test(line);
const read = (path: string) => (existsSync(path) ? readFileSync(path, "utf8") : undefined);

/** Processes that name this sandbox, or have one of its files open. */
const processes = (): string[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => (read(`/proc/${pid}/cmdline`) ?? "").includes(here.id));

describeAll("the end of a sandbox", function () {
  this.timeout(180_000);

  afterEach(() => stopCluster(here, silent, { keepData: false }));

  it("leaves no process, mount, control group, chain, interface, setting or file", async () => {
    const before = host();
    const { kubeconfig } = await startCluster(here, toolchain(here), silent);
    assert.ok(existsSync(kubeconfig));
    const ports = readPorts(here);
    assert.ok(processes().length > 10);
    assert.ok(remainingCgroups(here, hierarchies()).length > 0);
    assert.deepEqual(host(), before, "even while it runs the host sees none of it");

    await stopCluster(here, silent, { keepData: false });
    assert.deepEqual(processes(), []);
    assert.deepEqual(remainingCgroups(here, hierarchies()), []);
    assert.deepEqual([existsSync(here.state), existsSync(`${here.state}.lock`)], [false, false]);
    for (const name of hostPorts) {
      assert.ok(!listeners().includes(`127.0.0.1:${ports[name]}`), name);
    }
    assert.deepEqual(host(), before);
  });

  it("happens when its supervisor is killed, and the next start continues with its data", async () => {
    const tools = toolchain(here);
    const first = await startCluster(here, tools, silent);
    const authority = readFileSync(first.kubeconfig, "utf8");
    const supervisor = processes().find((pid) => {
      const command = (read(`/proc/${pid}/cmdline`) ?? "").split("\0");
      return command[0] === process.execPath && command.some((each) => each.endsWith("main.ts"));
    });
    process.kill(Number(supervisor), "SIGKILL");
    const again = await startCluster(here, tools, silent);
    assert.deepEqual(again, first);
    assert.equal(readFileSync(again.kubeconfig, "utf8"), authority);
    assert.equal(clusterStatus(here).state, "ready");
  });

  it("does no harm without a sandbox", async () => {
    await stopCluster(here, silent, { keepData: false });
    assert.equal(clusterStatus(here).state, "stopped");
  });
});
