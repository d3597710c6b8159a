import assert from "node:assert/strict";
import { planEtcd, type EtcdPlan } from "../../../../components/backup/etcd-plan";
import type { GatheredFacts } from "../../../../components/shared/machine/facts";
import { sealOf } from "../../../../components/backup/etcd-settings";
import { allBlank, blank, room } from "../../../support/room";

const now = new Date("2026-11-22T12:00:00Z");
const seconds = (minutesAgo: number): number => now.getTime() / 1000 - minutesAgo * 60;
const spec = {
  stack: "prod",
  password: "backupPassword",
  etcd: {
    schedule: "hourly",
    drill: "weekly",
    keep: { hourly: 24 },
    target: {
      name: "off",
      kind: "s3" as const,
      endpoint: "https://s3.example",
      bucket: "backups",
      region: "us-east-1",
      accessKey: "s3Key",
      secretKey: "s3Secret",
    },
  },
};
const planOf = (gathered: Map<string, GatheredFacts> = allBlank(), seal = "a"): EtcdPlan =>
  planEtcd({ spec, cluster: room(), gathered, seal: () => seal, now });
/** The machines as a run leaves them, with notes. */
const after = (notes: Readonly<Record<string, string>> = {}): Map<string, GatheredFacts> =>
  new Map(
    planOf().phases.map(({ host, mark = "" }) => [
      host.name,
      blank(host.name, { marks: { backup: mark }, notes }),
    ]),
  );
const due = ({ phases }: EtcdPlan): string[] =>
  phases.flatMap(({ host, why }) => (why === undefined ? [] : [`${host.name}: ${why}`]));

describe("the plan of etcd's backup", () => {
  it("sets up control planes, and nobody else", () => {
    assert.deepEqual(due(planOf()), [
      "t01: not done yet",
      "t02: not done yet",
      "t03: not done yet",
    ]);
  });

  it("has nothing to do the second time", () => {
    assert.deepEqual(due(planOf(after())), []);
    assert.deepEqual(planOf(after()).lines, []);
  });

  it("does it again when a secret has changed", () => {
    assert.deepEqual(due(planOf(after(), "b"))[0], "t01: its settings have changed");
  });

  it("does not touch unreachable machines", () => {
    const gathered = after().set("t02", { unreachable: "no route to host" });
    assert.deepEqual(due(planOf(gathered, "b")).length, 2);
  });

  const cases: [title: string, notes: Record<string, string>, warnings: RegExp[]][] = [
    ["in time", { "etcd-backup": `${seconds(80)} 5000` }, []],
    [
      "late",
      { "etcd-backup": `${seconds(135)} 5000` },
      [/t01: no backup of etcd for 2 h 15 min, since its last one, and one is due hourly/],
    ],
    ["never taken, and just set up", { "etcd-backup": `${seconds(80)} none` }, []],
    ["never taken", { "etcd-backup": `${seconds(91)} none` }, [/since it was set up/]],
    ["not set up", {}, []],
    [
      "drilled in vain",
      { "etcd-drill": `${seconds(5)} failed 1234abcd` },
      [/t01: the last drill of etcd's backup failed/],
    ],
    [
      "failed since the last one",
      { "etcd-backup": `${seconds(80)} 5000`, "etcd-backup-failed": `${seconds(5)} no room left` },
      [/t01: the last backup of etcd failed at 2026-11-22T11:55:00Z: no room left; journalctl/],
    ],
    [
      "drilled in vain, with the reason",
      {
        "etcd-drill": `${seconds(5)} failed 12`,
        "etcd-drill-failed": `${seconds(5)} it is broken`,
      },
      [/t01: the last drill of etcd's backup failed at .*: it is broken; journalctl/],
    ],
  ];
  for (const [title, notes, warnings] of cases) {
    it(`warns of a backup that is ${title}: ${warnings.length === 0 ? "no" : "yes"}`, () => {
      const told = planOf(after(notes)).warnings;
      assert.equal(told.length, warnings.length * 3, told.join("\n"));
      warnings.forEach((warning) => {
        assert.match(told[0] ?? "", warning);
      });
    });
  }

  it("shows when the newest backup was complete and a drill passed", () => {
    const notes = {
      "etcd-backup": `${seconds(30)} 5000`,
      "etcd-drill": `${seconds(60)} ok 1234abcd`,
    };
    assert.deepEqual(planOf(after(notes)).status, {
      newest: "2026-11-22T11:30:00.000Z",
      drilled: "2026-11-22T11:00:00.000Z",
    });
    const none = { "etcd-backup": `${seconds(30)} none`, "etcd-drill": `${seconds(60)} failed 12` };
    assert.deepEqual(planOf(after(none)).status, {});
  });
});

describe("the seal of a machine's secrets", () => {
  const plain = {
    roomKey: "key",
    backupPassword: "one",
    s3Key: "two",
    s3Secret: "three",
    other: "x",
  };
  const seal = sealOf(spec, plain, "roomKey");
  it("changes with each of them, and with no other", () => {
    for (const name of ["backupPassword", "s3Key", "s3Secret"])
      assert.notEqual(sealOf(spec, { ...plain, [name]: "changed" }, "roomKey"), seal, name);
    assert.equal(sealOf(spec, { ...plain, other: "changed" }, "roomKey"), seal);
  });
  it("is not to be tried without the machine's private key", () => {
    assert.notEqual(sealOf(spec, { ...plain, roomKey: "guessed" }, "roomKey"), seal);
  });
});
