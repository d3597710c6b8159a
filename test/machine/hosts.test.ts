import * as assert from "node:assert/strict";
import { execa, execaSync } from "execa";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stopCluster } from "../../sandbox/cluster";
import { hierarchies } from "../../sandbox/cluster/isolation/cgroups";
import { Lab } from "../../sandbox/hosts/lab";
import { removeLabs } from "../../sandbox/hosts/leftovers";
import { labPlace } from "../../sandbox/hosts/place";
import { layout } from "../../sandbox/layout";
import { silent, type Progress } from "../../sandbox/progress";
import { eventually } from "../../sandbox/eventually";
import { walkOnLabAll } from "../support/lab";
import { checkout } from "../../components/shared/system/checkout";

/** A layout for this test alone: `down` there affects no other test. */
const here = layout({ ...process.env, SLIPWAY_SANDBOX_NAME: "hosts-test" });
const names = ["t01", "t02", "bare"];
const labs = ["one", "two"].map((name) => labPlace(here, name));

const typescript = join(checkout, "node_modules", "ts-node", "register", "transpile-only");

/** Starts a lab, and reports when its network exists and its hosts are about to boot. */
const startAndHang = `
  const { Lab } = require("./sandbox/hosts/lab");
  const tell = (message) => message.startsWith("starting") && console.log(message);
  void Lab.start({ name: "two", hosts: ["t01", "t02"], diskGiB: 1 }, tell);
`;

/** Shows progress every ten seconds: a first start on a machine takes minutes; later ones finish before. */
let told = Infinity;
const tell: Progress = (message) => {
  if (Date.now() - told < 10_000) return;
  told = Date.now();
  console.log(`      ${message}`);
};

/** Settings of the machine that a kubelet, or a host's own sysctl.d, would change. */
const settings = ["vm/overcommit_memory", "kernel/panic", "kernel/hostname", "net/ipv4/ip_forward"];

const text = (path: string) => (existsSync(path) ? readFileSync(path, "utf8") : undefined);
const linesOf = (command: string, ...args: string[]) =>
  execaSync(command, args).stdout.split("\n").sort();

/** What the machine can see of a lab: devices, addresses, mounts, groups, disks, processes. */
function machine() {
  const ours = (line: string) => line.includes(here.id);
  return {
    devices: readdirSync("/sys/class/net").filter((each) =>
      labs.some((lab) => lab.device === each),
    ),
    routes: linesOf("ip", "route").filter((line) => labs.some((lab) => line.includes(lab.device))),
    mounts: (text("/proc/self/mounts") ?? "").split("\n").filter(ours),
    groups: hierarchies().flatMap(({ path }) =>
      labs.map(({ cgroup }) => join(path, cgroup)).filter((group) => existsSync(group)),
    ),
    disks: linesOf("losetup", "--list", "--noheadings", "--output", "BACK-FILE").filter(ours),
    processes: readdirSync("/proc")
      .filter((each) => /^\d+$/.test(each))
      .filter((pid) => ours(text(`/proc/${pid}/cmdline`) ?? "")),
    settings: settings.map((name) => text(join("/proc/sys", name))),
  };
}

walkOnLabAll("a lab of hosts", function () {
  this.timeout(600_000);

  let lab: Lab;
  let untouched: ReturnType<typeof machine>;

  const run = async (host: string, command: string, input = ""): Promise<string> => {
    const { exitCode, stdout, stderr } = await lab.ssh(host, command, { input });
    assert.equal(exitCode, 0, `${host}: ${command}: ${stderr}`);
    return stdout;
  };
  const machineId = (host: string) => run(host, "cat /etc/machine-id");
  const answers = async (from: string, to: string) =>
    (await lab.ssh(from, `ping -c 1 -W 1 ${to}`)).exitCode === 0;
  const reaches = (host: string) => lab.ssh(host, "true").then(({ exitCode }) => exitCode === 0);

  before(async () => {
    await removeLabs(here, silent);
    untouched = machine();
    const options = { name: "one", hosts: names, bare: ["bare"], diskGiB: 1, here };
    told = Date.now();
    lab = await Lab.start(options, tell);
  });

  after(() => stopCluster(here, silent, { keepData: false }));

  it("has every host up, with nothing failed, under its own name and address", async () => {
    for (const { name, address } of lab.hosts) {
      assert.equal(await run(name, "hostname"), name);
      assert.match(await run(name, "ip -4 -o address show dev eth0"), new RegExp(`${address}/24`));
      await eventually(async () => {
        assert.equal(await run(name, "systemctl is-system-running"), "running");
      });
    }
  });

  it("gives each a machine-id and a host key of its own", async () => {
    const ids = await Promise.all(names.map(machineId));
    assert.equal(new Set(ids).size, names.length);
    assert.ok(ids.every((id) => /^[0-9a-f]{32}$/.test(id)));
    assert.equal(new Set(lab.hosts.map(({ hostKey }) => hostKey)).size, names.length);
  });

  it("is entered with the lab's key only, and one of two users may become root", async () => {
    assert.equal(await run("t01", "id -un; sudo -n id -un"), "ops\nroot");
    const guest = await lab.ssh("t01", "id -un; sudo -n id -un", { user: "guest" });
    assert.equal(guest.stdout, "guest");
    assert.notEqual(guest.exitCode, 0);
    const { address } = lab.host("t01");
    const withoutKey = lab.sshOptions.map((each) => (each === lab.keyFile ? "/dev/null" : each));
    const refused = execaSync("ssh", [...withoutKey, `ops@${address}`, "true"], { reject: false });
    assert.match(refused.stderr, /Permission denied/);
  });

  it("refuses a host that shows another key than its own", () => {
    const [first, second] = [lab.host("t01"), lab.host("t02")];
    const options = ["-o", `HostKeyAlias=${second.address}`];
    const login = [...options, ...lab.sshOptions, `ops@${first.address}`, "true"];
    const refused = execaSync("ssh", login, { reject: false });
    assert.match(refused.stderr, /Host key verification failed/);
  });

  it("has the programs of a machine room, of the version that the toolchain has, unless it is bare", async () => {
    const programs = "kubelet kubeadm kubectl containerd ctr etcdctl etcdutl";
    const common = "runc keepalived haproxy iptables conntrack socat ethtool restic";
    const found = (list: string) => `for each in ${list}; do sudo which $each; done | wc -l`;
    assert.equal(await run("t01", found(programs)), "7");
    assert.equal(await run("t01", found(common)), "8");
    assert.equal(await run("bare", found(programs)), "0");
    assert.equal(await run("bare", found(common)), "8");
    assert.match(await run("t01", "sudo kubeadm version -o short"), /^v1\.\d+\.\d+$/);
  });

  it("lets hosts reach each other and the registry, and nothing else", async () => {
    assert.ok(await answers("t01", "t02"));
    const catalogue = await run("t02", `curl -sf http://${lab.registry}/v2/_catalog`);
    for (const image of ["kube-apiserver", "kube-proxy", "coredns/coredns", "etcd", "pause"]) {
      assert.ok(catalogue.includes(`"${image}"`), `${image} in ${catalogue}`);
    }
    assert.match(await run("t01", "ping -c 1 -W 2 192.0.2.1 || true"), /Net Unreachable/);
  });

  it("keeps from the machine what a host sets for itself", async () => {
    const set = "net.ipv4.ip_forward=1 vm.overcommit_memory=2 kernel.panic=77";
    await run("t01", `sudo sysctl -q -w ${set}`);
    assert.equal(await run("t01", "cat /proc/sys/kernel/panic"), "77");
    assert.equal(await run("t02", "cat /proc/sys/kernel/panic"), "10");
    assert.notEqual((await lab.ssh("t01", "sudo sysctl -w fs.file-max=1")).exitCode, 0);
    assert.deepEqual(machine().settings, untouched.settings);
  });

  it("fills a host's disk and no other's", async () => {
    await run("t02", "sudo sh -c 'head -c 2G /dev/zero > /var/lib/etcd/full || true'");
    assert.match(await run("t02", "df --output=avail /var/lib/etcd / | tail -n 2"), /^ *0\n *0$/);
    assert.match(await run("t01", "df --output=pcent / | tail -n 1"), /^ *\d%$/);
    await run("t02", "sudo rm /var/lib/etcd/full");
  });

  it("kills a host at once and starts it again with its disk, its names and its keys", async () => {
    const id = await machineId("t01");
    const boot = "systemd-analyze | head -n 1; cut -d ' ' -f 22 /proc/1/stat";
    const earlier = await run("t01", boot);
    await run("t01", "sudo sh -c 'echo kept > /root/kept; echo kept > /var/lib/etcd/kept; sync'");
    await run("t01", "sudo sh -c 'echo gone > /run/gone'");
    await lab.kill("t01");
    assert.equal(await reaches("t01"), false);
    assert.equal(await answers("t02", "t01"), false);
    await lab.boot("t01");
    assert.notEqual(await run("t01", boot), earlier);
    assert.equal(await run("t01", "sudo cat /root/kept /var/lib/etcd/kept"), "kept\nkept");
    assert.notEqual((await lab.ssh("t01", "test -e /run/gone")).exitCode, 0);
    assert.equal(await machineId("t01"), id);
  });

  it("shows hosts the registry at one hardware address, whichever of them come and go", async () => {
    const [gateway] = lab.registry.split(":");
    const look = `sudo ip neigh flush dev eth0; ping -c 1 -W 2 ${gateway} > /dev/null; ip neigh show ${gateway}`;
    const seen = async () => /lladdr (\S+)/.exec(await run("t02", look))?.[1];
    const address = await seen();
    assert.ok(address);
    for (const name of ["t01", "bare"]) {
      await lab.kill(name);
      assert.equal(await seen(), address);
      await lab.boot(name);
      assert.equal(await seen(), address);
    }
  });

  it("comes back by itself when a host restarts, and stays off when it switches itself off", async () => {
    await run("t01", "sudo sh -c 'echo before > /run/before'");
    await lab.ssh("t01", "sudo systemctl reboot");
    await eventually(async () => {
      assert.equal((await lab.ssh("t01", "test -e /run/before || echo new")).stdout, "new");
    });
    await lab.ssh("t01", "sudo systemctl poweroff");
    await eventually(async () => {
      assert.equal(await answers("t02", "t01"), false);
    });
    await lab.boot("t01");
  });

  it("leaves a host that runs alone when it is started again", async () => {
    await run("t01", "sudo touch /run/same");
    await lab.boot("t01");
    await run("t01", "test -e /run/same");
  });

  it("recreates a host under its name and address", async () => {
    const [id, { hostKey, address }] = [await machineId("t02"), lab.host("t02")];
    await run("t02", "sudo touch /root/old");
    await lab.blank("t02");
    assert.notEqual(await machineId("t02"), id);
    assert.notEqual(lab.host("t02").hostKey, hostKey);
    assert.equal(lab.host("t02").address, address);
    assert.notEqual((await lab.ssh("t02", "sudo test -e /root/old")).exitCode, 0);
  });

  it("cuts a host off and joins it again, while it runs on", async () => {
    const clock = "while :; do date +%s%3N >> /tmp/alive; sleep 0.1; done";
    await run("t01", `nohup sh -c '${clock}' >&- 2>&- &`);
    await lab.cut("t01");
    const from = Date.now();
    assert.equal(await reaches("t01"), false);
    assert.equal(await answers("t02", "t01"), false);
    const to = Date.now();
    await lab.heal("t01");
    await eventually(async () => {
      assert.ok(await answers("t02", "t01"));
    });
    // One clock for the machine and its hosts.
    const alive = (await run("t01", "cat /tmp/alive")).split("\n").map(Number);
    assert.ok(alive.some((time) => time > from && time < to));
  });

  it("is found by another process, and another lab runs beside it", async () => {
    const again = await Lab.find("one", here);
    assert.deepEqual(again?.hosts, lab.hosts);
    assert.equal(await Lab.find("none", here), undefined);
    const other = await Lab.start({ name: "two", hosts: ["t01"], diskGiB: 1, here });
    assert.notEqual(other.network.cidr, lab.network.cidr);
    assert.equal((await other.ssh("t01", `ping -c 1 -W 2 ${lab.host("t01").address}`)).exitCode, 1);
    await other.stop();
    assert.ok(await reaches("t01"));
  });

  it("leaves nothing behind, also of a start that was killed half way", async () => {
    const maker = execa(process.execPath, ["-r", typescript, "-e", startAndHang], {
      cwd: checkout,
      env: { SLIPWAY_SANDBOX_NAME: here.name },
      reject: false,
    });
    await once(maker.stdout, "data");
    maker.kill("SIGKILL");
    await maker;
    assert.equal(machine().devices.length, 2, "the lab's network and that of the killed start");
    await stopCluster(here, silent, { keepData: false });
    assert.deepEqual(machine(), untouched);
    assert.equal(existsSync(here.state), false);
    assert.equal(await Lab.find("one", here), undefined);
  });
});
