import assert from "node:assert/strict";
import { MachineRoom, type Roles } from "../../../sandbox/room/machine-room";
import { changes } from "../../../sandbox/program-copy";
import { olderOne, walkOnLabAll } from "../../support/lab";

const roles: Roles = {
  t01: "control-plane",
  t02: "control-plane",
  t03: "control-plane",
  t04: "worker",
  t05: "worker",
};
const hosts = Object.keys(roles);

/** A cluster is upgraded while a client writes; each test continues where the previous one ended. */
walkOnLabAll("a machine room of an older version", function () {
  this.timeout(1_800_000);
  const kubernetes = olderOne();
  let room: MachineRoom;
  let newest = "";

  before(async () => {
    room = await MachineRoom.start("room-upgrade", roles, { kubernetes });
    newest = String(room.cluster["version"]);
  });
  after(async () => {
    await room.stop();
  });

  const versionOf = async (program: string): Promise<string> =>
    (await room.lab.ssh("t01", program)).stdout.trim();
  const versions = async (): Promise<string[]> => {
    const format = 'jsonpath={range .items[*]}{.status.nodeInfo.kubeletVersion}{"\\n"}{end}';
    return (await room.kubectl("t01", "get", "nodes", "-o", format)).split("\n");
  };

  it("stops at a dead mirror, names the machine and the step, and does not touch the others", async () => {
    const { mirrors } = room.cluster;
    const version = await versionOf("kubeadm version -o short");
    room.set({ version, mirrors: { "registry.k8s.io": ["http://127.0.0.1:9"] } });
    const up = ["up", "--yes", "--skip-preview", "--non-interactive", "--stack", "test"];
    const { exitCode, all } = await room.program.pulumi(...up);
    assert.notEqual(exitCode, 0);
    assert.match(all, /room-t01-init/);
    assert.match(all, /kubeadm init failed; its last lines:/);
    const journal = await room.journal();
    assert.ok(journal.includes("t01: init of t01 failed"), journal.join("\n"));
    assert.deepEqual(
      journal.filter((line) => line.includes(" join of ")),
      [],
    );
    room.set({ mirrors });
  });

  it("becomes a cluster, and is refused another version until the machines have its programs", async () => {
    const version = await versionOf("kubeadm version -o short");
    assert.notEqual(version, newest);
    const what = { previous: "another minor", restamped: "the same source, stamped a patch older" };
    console.log(`      from ${version} to ${newest}: ${what[kubernetes]}`);
    room.set({ version });
    await room.program.up();
    assert.deepEqual(new Set(await versions()), new Set([version]));
    assert.deepEqual(changes(await room.program.up()), []);
    room.set({ version: newest });
    const preview = ["preview", "--stack", "test", "--non-interactive"];
    const { exitCode, all } = await room.program.pulumi(...preview);
    assert.notEqual(exitCode, 0);
    for (const name of hosts) assert.match(all, new RegExp(`hosts.${name}`));
    assert.match(all, /put them beside what runs/);
  });

  it("is upgraded by an update, machine by machine, and loses no write", async () => {
    for (const name of hosts) await room.lab.upgrade(name, ["kubeadm", "kubelet", "kubectl"]);
    const writer = await room.writer("upgrade");
    writer.start();
    const began = Date.now();
    await room.program.up();
    const seconds = Math.round((Date.now() - began) / 1000);
    await writer.stop();
    assert.deepEqual(new Set(await versions()), new Set([newest]));
    assert.deepEqual(await writer.lost(), [], "acknowledged writes were lost");
    const gap = writer.longestGap.toFixed(2);
    console.log(
      `      ${seconds} s; longest gap ${gap} s, ${writer.failures} attempts of ${writer.acknowledged.length} failed`,
    );
    const order = (await room.journal()).filter((line) =>
      /(upgrade|uncordon) of .* ended/.test(line),
    );
    console.log(order.join("\n"));
  });

  it("has nothing left to do", async () => {
    assert.deepEqual(changes(await room.program.up()), []);
  });
});
