import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { changes } from "../../sandbox/program-copy";
import { MachineRoom, type Roles } from "../../sandbox/room/machine-room";

const roles: Roles = {
  ...{ t01: "control-plane", t02: "control-plane", t03: "control-plane" },
  t04: "worker",
};
const tokens = ["--field-selector", "type=bootstrap.kubernetes.io/token"];
const phases = [
  ...["packages", "system", "runtime", "balancer", "network"],
  ...["init", "ticket", "join", "spread", "kubeconfig"],
];

/** A cluster that is made although the engine is killed again and again: once in each phase, as soon as one has begun. */
describe("a machine room whose engine is killed in each phase", function () {
  this.timeout(1_800_000);
  let room: MachineRoom;
  /** Phases that have begun on some host, whatever came of them. */
  const begun = new Set<string>();

  before(async () => {
    room = await MachineRoom.start("room-kills", roles);
  });
  after(async () => {
    await room.stop();
  });

  const news = async (): Promise<string[]> => {
    const told = (await room.journal()).flatMap((line) => {
      const [, phase = ""] = /^\w+: (\w+) of .* begins$/.exec(line) ?? [];
      return phase === "" || begun.has(phase) ? [] : [phase];
    });
    return [...new Set(told)];
  };

  /** One update, killed with all its processes when a phase begins that none has been killed in; tells which, or how it ended. */
  async function upUntilKilled(): Promise<{ killed: string[] } | { code: number; said: string }> {
    const flags = ["--stack", "test", "--yes", "--skip-preview", "--non-interactive"];
    const running = room.program.startPulumi("up", ...flags);
    const pid = running.pid ?? assert.fail("not started");
    let ended: { code: number; said: string } | undefined;
    void running.then(({ exitCode, all }) => (ended = { code: exitCode ?? -1, said: all }));
    for (;;) {
      const killed = await news();
      for (const phase of killed) begun.add(phase);
      if (killed.length > 0 && ended === undefined) {
        process.kill(-pid, "SIGKILL");
        await running;
        return { killed };
      }
      if (ended !== undefined) {
        // Those that began and ended between two looks.
        for (const phase of await news()) begun.add(phase);
        return ended;
      }
      await pause(100);
    }
  }

  it("is whole in the end", async () => {
    const told: string[] = [];
    for (;;) {
      const end = await upUntilKilled();
      if ("code" in end) {
        assert.equal(end.code, 0, end.said);
        break;
      }
      told.push(end.killed.join(" and "));
      await room.program.pulumi("cancel", "--yes", "--stack", "test");
      // Nobody came back within two hours: the ticket that the killed run had asked for has ended.
      if (end.killed.includes("join"))
        await room.kubectl("t01", "-n", "kube-system", "delete", "secrets", ...tokens);
    }
    console.log(`      killed in ${told.join(", ")}`);
    assert.deepEqual([...begun].sort(), [...phases].sort());
    assert.ok(told.length >= 5, "most phases were over before they could be killed");
  });

  it("is the cluster that an unbroken run makes", async () => {
    const before = await room.journal();
    assert.deepEqual(changes(await room.program.up()), []);
    assert.deepEqual(await room.journal(), before);
    const { all } = await room.program.pulumi("preview", "--stack", "test", "--non-interactive");
    for (const [name, role] of Object.entries(roles))
      assert.match(all, new RegExp(`${name} \\(${role}, [0-9.]+\\): as it should be`));
    const nodes = "jsonpath={range .items[*]}{.metadata.name}{.spec.unschedulable} {end}";
    assert.equal(await room.kubectl("t01", "get", "nodes", "-o", nodes), "t01 t02 t03 t04 ");
    const members = ["member", "list", "-w", "simple"];
    const etcd = await room.etcdctl("t01", ...members);
    assert.equal(etcd.split("\n").filter((line) => line.includes(" started, t0")).length, 3, etcd);
  });
});
