import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { eventually } from "../../../sandbox/eventually";
import { MachineRoom, type Roles } from "../../../sandbox/room/machine-room";
import { changes } from "../../../sandbox/program-copy";
import { KilledUpdates } from "../../support/room-kills";
import { walkOnLabAll } from "../../support/lab";

const planes = ["t01", "t02", "t03"];
const phases = [
  ...["packages", "system", "runtime", "balancer", "network"],
  ...["init", "ticket", "join", "spread", "kubeconfig"],
];
const roles: Roles = {
  t01: "control-plane",
  t02: "control-plane",
  t03: "control-plane",
  t04: "worker",
};

/**
 * A machine room from nothing, by the program and the engine as they ship, on hosts reached only by SSH. Each test continues
 * where the previous one ended.
 */
walkOnLabAll("a machine room", function () {
  this.timeout(1_800_000);
  let room: MachineRoom;

  before(async () => {
    room = await MachineRoom.start("room", roles, { spare: ["t05"] });
  });
  after(async () => {
    await room.stop();
  });

  const nodes = async (host = "t01"): Promise<string[]> => {
    const format = 'jsonpath={range .items[*]}{.metadata.name}{"\\n"}{end}';
    return (await room.kubectl(host, "get", "nodes", "-o", format)).split("\n");
  };
  const upRefused = async (): Promise<string> => {
    const { exitCode, all } = await room.program.pulumi(
      "preview",
      "--stack",
      "test",
      "--non-interactive",
    );
    assert.notEqual(exitCode, 0, all);
    return all;
  };
  const previewed = async (): Promise<string> =>
    (await room.program.pulumi("preview", "--stack", "test", "--non-interactive")).all;

  it("becomes a cluster of all its machines although the engine is killed in each phase", async () => {
    const updates = new KilledUpdates(room);
    const summary = await updates.untilWhole();
    console.log(`      killed in ${summary.join(", ")}`);
    assert.deepEqual([...updates.begun].sort(), [...phases].sort());
    assert.ok(summary.length >= 5, "most phases were over before they could be killed");
  });

  it("is the cluster that an unbroken run makes: nothing is left to be done", async () => {
    const before = await room.journal();
    assert.deepEqual(changes(await room.program.up()), []);
    // Nor does a command run that the engine does not count as a change.
    assert.deepEqual(await room.journal(), before);
    const { all } = await room.program.pulumi("preview", "--stack", "test", "--non-interactive");
    for (const [name, role] of Object.entries(roles))
      assert.match(all, new RegExp(`${name} \\(${role}, [0-9.]+\\): as it should be`));
    const format = "jsonpath={range .items[*]}{.metadata.name}{.spec.unschedulable} {end}";
    assert.equal(await room.kubectl("t01", "get", "nodes", "-o", format), "t01 t02 t03 t04 ");
    const etcd = await room.etcdctl("t01", "member", "list", "-w", "simple");
    assert.equal(etcd.split("\n").filter((line) => line.includes(" started, t0")).length, 3, etcd);
    const at = "jsonpath={range .items[*]}{.spec.nodeName} {end}";
    const dns = ["-n", "kube-system", "get", "pods", "-l", "k8s-app=kube-dns", "-o", at];
    const places = (await room.kubectl("t01", ...dns)).trim().split(" ");
    assert.equal(new Set(places).size, 2, `CoreDNS is on ${places.join(", ")}`);
  });

  it("has nothing to be done for a machine that is called otherwise, and whose node is named", async () => {
    const hosts = room.cluster["hosts"] as Record<string, object>;
    const { t04, ...others } = hosts;
    room.set({ hosts: { ...others, w04: t04 } });
    assert.match(await upRefused(), /w04 is that machine: add `node: t04` to it/);
    room.set({ hosts: { ...others, w04: { ...t04, node: "t04" } } });
    assert.deepEqual(changes(await room.program.preview()), []);
    room.set({ hosts });
  });

  it("keeps every secret out of what is written of it", async () => {
    const { stdout } = await room.program.pulumi("stack", "export", "--stack", "test");
    const { stdout: shown } = await room.program.pulumi(
      ...["stack", "output", "kubeconfig", "--show-secrets", "--stack", "test"],
    );
    const [, key = ""] = /client-key-data: (\S+)/.exec(shown) ?? [];
    assert.ok(key.length > 100);
    const token = /[a-z0-9]{6}\.[a-z0-9]{16}\b/;
    for (const secret of [key, "PRIVATE KEY", "client-key-data"])
      assert.ok(!stdout.includes(secret), `the state has ${secret.slice(0, 12)}…`);
    assert.doesNotMatch(stdout.replace(/sha256:\w+/g, ""), token);
  });

  it("keeps working while the machine that holds the endpoint is off the network, and takes it back", async () => {
    await room.ready(...planes);
    const holder = await room.holder();
    const writer = await room.writer(`cut-${holder}`);
    const written = async (more: number): Promise<void> => {
      const goal = writer.acknowledged.length + more;
      await eventually(() => {
        assert.ok(writer.acknowledged.length > goal);
        return Promise.resolve();
      });
    };
    writer.start();
    await written(50);
    await room.lab.cut(holder);
    await written(100);
    assert.notEqual(await room.holder(), holder);
    const [gap, failures] = [writer.longestGap, writer.failures];
    await room.lab.heal(holder);
    await room.ready(...planes);
    await pause(2_000);
    await writer.stop();
    assert.deepEqual(await writer.lost(), [], "acknowledged writes were lost");
    console.log(`      cut: longest gap ${gap.toFixed(2)} s, ${failures} attempts failed`);
  });

  it("takes in a control plane that came back blank, under its old name", async () => {
    const leaver = planes.find((name) => name !== "t01") ?? "";
    await room.lab.blank(leaver);
    room.know(leaver);
    await room.program.up();
    await room.ready(...planes);
    assert.deepEqual(await nodes(), ["t01", "t02", "t03", "t04"]);
    assert.deepEqual(
      changes(await room.program.up()).filter(({ op }) => op !== "delete"),
      [],
    );
  });

  it("lets a worker leave, and return with a label", async () => {
    room.change("t04", { absent: true });
    await room.program.up();
    assert.deepEqual(await nodes(), planes);
    room.change("t04", { absent: false, labels: { zone: "a" } });
    await room.program.up();
    assert.deepEqual(await nodes(), ["t01", "t02", "t03", "t04"]);
    const zone = "jsonpath={.metadata.labels.zone}";
    assert.equal(await room.kubectl("t01", "get", "node", "t04", "-o", zone), "a");
    assert.deepEqual(changes(await room.program.up()), []);
  });

  it("takes a new machine for one that is dead for good, in one update, whatever machines call themselves", async () => {
    const called = (name: (host: string) => string) =>
      Promise.all(["t01", "t02"].map((host) => room.lab.ssh(host, `sudo hostname ${name(host)}`)));
    await called((host) => `${host.toUpperCase()}.dc1.example`);
    await room.lab.kill("t03");
    room.change("t03", { absent: true });
    room.change("t05", { role: "control-plane", ...room.reach("t05") });
    await room.program.up();
    planes.splice(0, planes.length, "t01", "t02", "t05");
    await room.ready(...planes);
    assert.deepEqual(await nodes(), ["t01", "t02", "t04", "t05"]);
    const members = await room.etcdctl("t01", "member", "list", "-w", "simple");
    assert.deepEqual(
      [...members.matchAll(/started, (t\d+)/g)].map(([, name]) => name).sort(),
      planes,
    );
    await called((host) => host);
    // With its name its part of the pod network is removed, and nothing else.
    room.remove("t03");
    const left = changes(await room.program.up()).filter(({ op }) => op !== "delete");
    const names = ["t01", "t02", "t04", "t05"].map((name) => `room-${name}-network`);
    assert.deepEqual(left.map(({ urn }) => urn.split("::").at(-1)).sort(), names);
  });

  it("has new certificates and a smaller etcd by an update, and answers meanwhile", async () => {
    await room.ready(...planes);
    const status = JSON.parse(await room.etcdctl("t01", "endpoint", "status", "-w", "json")) as [
      { Status: { header: { revision: number } } },
    ];
    await room.etcdctl("t01", "compact", `${status[0].Status.header.revision}`);
    const kubeconfig = await room.kubeconfig();
    const writer = await room.writer("upkeep");
    writer.start();
    room.set({ renewBelowDays: 365, defragment: { below: 0.99, above: 1 } });
    await room.program.up();
    // It wrote with its previous certificate.
    await writer.stop();
    assert.deepEqual(await writer.lost(), [], "acknowledged writes were lost");
    assert.notEqual(await room.kubeconfig(), kubeconfig);
    const ended = (await room.journal()).filter((line) =>
      /(renew|defragment) of .* ended/.test(line),
    );
    assert.deepEqual(
      ended.map((line) => line.replace(/ of .*/, "")).sort(),
      planes.flatMap((name) => [`${name}: defragment`, `${name}: renew`]),
    );
    const [gap, failures] = [writer.longestGap.toFixed(2), writer.failures];
    console.log(`      longest gap ${gap} s, ${failures} attempts failed`);
    room.set({ renewBelowDays: undefined, defragment: undefined });
    assert.deepEqual(changes(await room.program.up()), []);
  });

  it("can be written to again by an update when etcd was full, once what nobody needs is deleted", async () => {
    const sudo = async (name: string, script: string): Promise<string> => {
      const { exitCode, stdout, stderr } = await room.lab.ssh(name, `sudo sh -c '${script}'`);
      assert.equal(exitCode, 0, stderr);
      return stdout;
    };
    for (const name of planes) {
      const manifest = "/etc/kubernetes/manifests/etcd.yaml";
      await sudo(name, `sed -i "/- etcd$/a\\    - --quota-backend-bytes=33554432" ${manifest}`);
      await sudo(name, "until pgrep -f ^etcd.*--quota-backend-bytes; do sleep 0.5; done");
      await room.ready(...planes);
    }
    const said = await sudo(
      "t01",
      `export KUBECONFIG=/etc/kubernetes/admin.conf
head -c 700000 /dev/urandom | base64 -w0 > /tmp/blob
for round in $(seq 60); do kubectl create configmap full-$round --from-file=/tmp/blob 2>&1 > /dev/null || exit 0; done`,
    );
    assert.match(said, /database space exceeded/);
    assert.match(await previewed(), /etcd has no room left/);
    await sudo(
      "t01",
      `export KUBECONFIG=/etc/kubernetes/admin.conf
kubectl get configmap -o name | grep /full- | xargs kubectl delete`,
    );
    await room.program.up();
    await room.kubectl("t01", "create", "configmap", "after-the-flood");
    assert.deepEqual(changes(await room.program.up()), []);
  });

  it("reports that its majority is lost and how to recover, and has lost nothing then", async () => {
    await room.ready(...planes);
    await room.kubectl("t01", "create", "configmap", "before-the-loss");
    const lost = planes.filter((name) => name !== "t01");
    for (const name of lost) await room.lab.kill(name);
    const summary = await upRefused();
    assert.match(summary, /no API server answers on t01; t02, t05 cannot be reached/);
    assert.match(summary, /start the machines that are down, and nothing is lost/);
    for (const name of lost) await room.lab.boot(name);
    await room.ready(...planes);
    await room.kubectl("t01", "get", "configmap", "before-the-loss");
    assert.deepEqual(changes(await room.program.up()), []);
  });
});
