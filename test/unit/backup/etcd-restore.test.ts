import assert from "node:assert/strict";
import type { GatheredFacts } from "../../../components/shared/machine/facts";
import { comeback } from "../../../src/backup/etcd-restore";
import { blank, clusterOf, machine, machines, room } from "../../support/room";

const gone: GatheredFacts = { unreachable: "no route to host" };
const left = (name: string): GatheredFacts => blank(name, { joined: true, marks: { join: "a 1" } });
const found = (
  one: GatheredFacts,
  two: GatheredFacts,
  three: GatheredFacts,
): Map<string, GatheredFacts> =>
  new Map([
    ["t01", one],
    ["t02", two],
    ["t03", three],
  ]);
const absent = (...names: string[]) =>
  room({
    hosts: machines.map((host) =>
      names.includes(host.name) ? machine(host.name, host.role, { absent: true }) : host,
    ),
  });
const blanks = [blank("t01"), blank("t02"), blank("t03")] as const;

describe("etcd comes back", () => {
  const cases: [title: string, ...Parameters<typeof comeback>, expected: string][] = [
    ["on the first, when all are blank", room(), found(...blanks), undefined, "t01 by a backup"],
    [
      ...(["where a restore was begun", room()] as const),
      found(blanks[0], blank("t02", { marks: { restore: "1234abcd" } }), blanks[2]),
      ...([undefined, "t02 by a backup"] as const),
    ],
    [
      ...(["on another, when the first has left for good", absent("t01")] as const),
      found(gone, blanks[1], blanks[2]),
      ...([undefined, "t02 by a backup"] as const),
    ],
    [
      ...(["by the one that is left, when the others are made anew", room()] as const),
      found(blanks[0], left("t02"), blanks[2]),
      ...([undefined, "t02 by itself"] as const),
    ],
    [
      ...(["by the one that is left, when the others are given up", absent("t01", "t03")] as const),
      found(gone, left("t02"), gone),
      ...(["here", "t02 by itself"] as const),
    ],
    [
      ...(["by a backup that is asked for, on the one that is left", room()] as const),
      found(blanks[0], left("t02"), blanks[2]),
      ...(["1234abcd", "t02 by a backup"] as const),
    ],
  ];
  for (const [title, spec, machinesFound, wanted, expected] of cases) {
    it(`${title}: ${expected}`, () => {
      const { candidates, here, left } = comeback(spec, machinesFound, wanted);
      const [on, ...others] = candidates.map(({ name }) => name);
      assert.equal(`${on} ${here ? "by itself" : "by a backup"}`, expected);
      assert.deepEqual([others, left.filter(({ name }) => name !== on)], [[], []]);
    });
  }

  const names = ["t01", "t02", "t03", "t05", "t06"];
  const five = room({ hosts: names.map((name) => machine(name, "control-plane")) });
  const twoLeft = new Map(
    names.map((name, index) => [name, index < 2 ? left(name) : blank(name)] as const),
  );
  const ofTwo: [wanted: string | undefined, candidates: string[]][] = [
    [undefined, ["t01", "t02"]],
    ["here", ["t01", "t02"]],
    ["1234abcd", ["t01"]],
  ];
  for (const [wanted, expected] of ofTwo)
    it(`of two of five, with ${wanted ?? "nothing"} asked for: ${expected.join(" or ")}`, () => {
      const { candidates, left } = comeback(five, twoLeft, wanted);
      const namesOf = (hosts: typeof left): string[] => hosts.map(({ name }) => name);
      assert.deepEqual([namesOf(candidates), namesOf(left)], [expected, ["t01", "t02"]]);
    });

  const refused: [title: string, ...Parameters<typeof comeback>, told: RegExp][] = [
    [
      ...(["while the cluster answers", room()] as const),
      found(blank("t01", { joined: true, cluster: clusterOf(["t01"]) }), gone, gone),
      ...([
        undefined,
        /the cluster answers on t01: a majority of etcd lives\n {2}fix: {2}there is nothing/,
      ] as const),
    ],
    [
      ...(["while nobody knows of the others", room()] as const),
      found(left("t01"), gone, gone),
      ...([
        undefined,
        /t02, t03 cannot be reached: .*\n {2}fix: {2}switch them on; .*absent: true/,
      ] as const),
    ],
    [
      ...(["while most have their data", room()] as const),
      found(left("t01"), left("t02"), blanks[2]),
      ...(["1234abcd", /t01, t02 have etcd's data and are a majority of 3/] as const),
    ],
    [
      ...(["by data that nobody has", room()] as const),
      found(...blanks),
      ...(["here", /no control plane has data of its own/] as const),
    ],
  ];
  for (const [title, spec, machinesFound, wanted, told] of refused) {
    it(`not ${title}`, () => {
      assert.throws(() => comeback(spec, machinesFound, wanted), { message: told, exitCode: 2 });
    });
  }
});
