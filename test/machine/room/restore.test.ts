import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { eventually } from "../../../sandbox/eventually";
import { MachineRoom, type Roles } from "../../../sandbox/room/machine-room";
import { s3Backend } from "../../support/backends";
import { changes } from "../../../sandbox/program-copy";
import { objects, objectsOf, thing } from "../../support/room-objects";
import { walkOnLabAll } from "../../support/lab";

const planes = ["t01", "t02", "t03"];
const roles = Object.fromEntries(planes.map((name) => [name, "control-plane"])) as Roles;

/**
 * etcd of a room, from its first backup to the loss of its last machine and back. Each test continues where the previous one
 * ended.
 */
walkOnLabAll("a machine room's etcd", function () {
  this.timeout(1_800_000);
  let room: MachineRoom;
  let target: Awaited<ReturnType<typeof s3Backend>>;
  let written: Map<string, string>;
  const password = randomBytes(12).toString("hex");

  before(async () => {
    room = await MachineRoom.start("restore", roles);
    target = await s3Backend(room.lab.network.machine);
    const { endpoint, env } = target;
    const s3 = {
      kind: "s3",
      endpoint,
      bucket: "slipway",
      accessKey: "s3Key",
      secretKey: "s3Secret",
    };
    const etcd = { schedule: "hourly", keep: { hourly: 24 }, target: "s3" };
    Object.assign(room.config, {
      backup: {
        password: "backupPassword",
        targets: { s3 },
        parts: { etcd, state: { without: "a test room" } },
      },
    });
    room.set({});
    await room.program.secret("backupPassword", password);
    await room.program.secret("s3Key", env["AWS_ACCESS_KEY_ID"] ?? "");
    await room.program.secret("s3Secret", env["AWS_SECRET_ACCESS_KEY"] ?? "");
  });
  after(async () => {
    await room.stop();
    await target.stop();
  });

  const backup = (verb: string, ...args: string[]) =>
    room.program.slipway("backup", verb, "etcd", "--stack", "test", ...args);
  const onRoot = async (host: string, script: string): Promise<string> => {
    const { exitCode, stdout, stderr } = await room.lab.ssh(host, "sudo sh -eu", { input: script });
    assert.equal(exitCode, 0, stderr);
    return stdout;
  };
  const apply = async (...items: object[]): Promise<void> => {
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
    const command = "sudo kubectl --kubeconfig /etc/kubernetes/admin.conf apply --server-side -f -";
    const { exitCode, stderr } = await room.lab.ssh("t01", command, { input: list });
    assert.equal(exitCode, 0, stderr);
  };
  const passes = ({ exitCode, all }: { exitCode?: number; all: string }): string => {
    assert.equal(exitCode, 0, all);
    return all;
  };
  const settings = "/etc/slipway/backup/etcd/env";

  it("is backed up by its control planes, by a timer of each", async () => {
    await room.program.up();
    await apply(...objects);
    await eventually(() => apply(thing));
    await eventually(async () => {
      written = await objectsOf(room, "t01");
      assert.deepEqual(await objectsOf(room, "t01"), written);
    });
    assert.ok(written.size > 150, `${written.size} objects`);
    for (const name of planes) {
      const enabled = await onRoot(
        name,
        "systemctl is-active slipway-backup-etcd.timer slipway-drill-etcd.timer",
      );
      assert.equal(enabled, "active\nactive");
    }
    passes(await backup("run"));
  });

  it("keeps every secret out of state, units, journals and arguments", async () => {
    const { stdout } = await room.program.pulumi("stack", "export", "--stack", "test");
    const files = await onRoot(
      "t01",
      `cat /usr/local/lib/slipway/etcd /etc/systemd/system/slipway-*; journalctl -o cat -u slipway-backup-etcd
for file in /proc/[0-9]*/cmdline; do tr '\\0' ' ' < $file 2> /dev/null || true; done
find /var/lib/slipway /run/slipway -type f -size -64k -exec cat {} + 2> /dev/null || true`,
    );
    for (const secret of [password, ...target.secrets])
      for (const text of [stdout, files]) assert.ok(!text.includes(secret));
    assert.equal(await onRoot("t01", `stat -c %a ${settings}`), "600");
  });

  it("reports what is wrong with the password, and continues when it is fixed", async () => {
    await onRoot("t01", `cp -p ${settings} /root/env; sed -i 's/${password}/another/' ${settings}`);
    const wrong = await backup("run");
    assert.equal(wrong.exitCode, 1);
    assert.match(wrong.all, /t01 failed: the password does not open the repository/);
    const listed = await room.program.slipway("backup", "list", "--stack", "test");
    assert.equal(listed.exitCode, 1, listed.all);
    assert.match(
      listed.all,
      /etcd: t01: the last backup of etcd failed at .*; journalctl -u slipway-backup-etcd there says more/,
    );
    await onRoot(
      "t01",
      `mv /root/env ${settings}; [ -z "$(find /var/lib/slipway/etcd/source -type f 2> /dev/null)" ]`,
    );
    assert.match(passes(await backup("drill")), /restores, revision \d+, hash \d+/);
  });

  it("fails a drill of damaged data, and reports it", async () => {
    const broken = await onRoot(
      "t01",
      `. ${settings}
export RESTIC_CACHE_DIR=/var/cache/slipway/restic
restic restore latest --tag backup --target / > /dev/null
cd /var/lib/slipway/etcd/source/etcd
printf x | dd of=snapshot.db bs=1 seek=100000 conv=notrunc 2> /dev/null
find . -type f | xargs sha256sum > ../SHA256SUMS
restic backup --json --quiet --host t01 --tag backup /var/lib/slipway/etcd/source/etcd /var/lib/slipway/etcd/source/SHA256SUMS |
  sed -n 's/.*"snapshot_id":"\\([0-9a-f]*\\)".*/\\1/p'`,
    );
    const drilled = await backup("drill");
    assert.equal(drilled.exitCode, 1);
    assert.match(drilled.all, /the checksum in the snapshot does not match the rest of it/);
    assert.match(drilled.all, new RegExp(`the newest backup, ${broken}, does not restore`));
    await onRoot(
      "t01",
      `. ${settings}; RESTIC_CACHE_DIR=/var/cache/slipway/restic restic forget ${broken}`,
    );
  });

  it("is not restored while a majority of it lives", async () => {
    const { exitCode, all } = await backup("restore", "--in-place", "--yes");
    assert.equal(exitCode, 2);
    assert.match(all, /the cluster answers on t01, t02, t03: a majority of etcd lives/);
  });

  it("comes back when every control plane is blank, with every object as it was", async () => {
    await Promise.all(planes.map((name) => room.lab.blank(name)));
    for (const name of planes) room.know(name);
    const [begun, summary] = [Date.now(), passes(await backup("restore", "--in-place", "--yes"))];
    const restored = Date.now();
    assert.match(summary, /pulumi up/);
    await room.program.up();
    const seconds = (from: number, to: number): string => `${((to - from) / 1000).toFixed(0)} s`;
    console.log(
      `      restored in ${seconds(begun, restored)}, up again in ${seconds(restored, Date.now())}`,
    );
    await room.ready(...planes);
    const now = await objectsOf(room, "t02");
    const other = [...written].filter(([name, hash]) => now.get(name) !== hash);
    assert.deepEqual(
      other.map(([name]) => name),
      [],
    );
    assert.deepEqual(changes(await room.program.up()), []);
  });

  it("comes back by the one control plane that is left, with all that it has", async () => {
    await room.kubectl("t01", "create", "configmap", "since");
    await Promise.all(["t02", "t03"].map((name) => room.lab.kill(name)));
    const refused = await backup("restore", "--in-place", "--yes");
    assert.equal(refused.exitCode, 2);
    assert.match(refused.all, /t02, t03 cannot be reached: etcd may still run there/);
    // Its revision: of several, the highest is chosen.
    const { stdout } = await room.lab.ssh("t01", "sudo /usr/local/lib/slipway/etcd revision 2>&1");
    assert.ok(Number(/^revision (\d+)$/m.exec(stdout)?.[1]) > 1_000, stdout);
    for (const name of ["t02", "t03"]) room.change(name, { absent: true });
    assert.match(passes(await backup("restore", "--in-place", "--yes")), /with its own data/);
    await room.kubectl("t01", "get", "configmap", "since");
    const now = await objectsOf(room, "t01");
    assert.deepEqual(
      [...written.keys()].filter((name) => !now.has(name)),
      [],
    );
  });
});
