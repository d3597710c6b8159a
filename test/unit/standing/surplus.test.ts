import assert from "node:assert/strict";
import { surplusOf } from "../../../src/standing/surplus";
import type { Settings } from "../../../src/settings";

describe("pods that somebody has asked for in the cluster", () => {
  const project = (more: object, record: object = {}) =>
    ({
      projects: [
        {
          name: "web",
          spec: { project: "Web", replicas: 2, strategy: { kind: "rolling" }, ...more },
          record: { slot: "a", ...record },
        },
      ],
    }) as unknown as Settings["images"];
  const halves = { strategy: { kind: "blueGreen", form: "halves" } };

  for (const [what, images, running, told] of [
    [
      "are told where they are more",
      project({}),
      { web: 3 },
      /^Web has 3 pods.*declared are 2.*scale Web 3 --stack uat$/,
    ],
    [
      "are told of the slot that serves",
      project({}, { slot: "b" }),
      { web: 9, "web--b": 3 },
      /has 3 pods/,
    ],
    ["are none where as many are declared", project({}), { web: 2 }, undefined],
    ["are none where fewer run", project({}), { web: 0 }, undefined],
    ["are none before there is anything", project({}), {}, undefined],
    [
      "are an autoscaler's where there is one",
      project({ autoscale: { max: 9 } }),
      { web: 3 },
      undefined,
    ],
    [
      "are told of each half",
      project(halves),
      { web: 3, "web--b": 1 },
      /has 3 pods.*declared are 1.*scale Web 6 --stack uat$/,
    ],
  ] as const) {
    it(what, () => {
      const lines = surplusOf(
        { stack: "uat", images },
        (name) => (running as Record<string, number>)[name],
      );
      if (told === undefined) assert.deepEqual(lines, []);
      else assert.match(lines.join(), told);
    });
  }

  it("are of one project where the update is", () => {
    assert.deepEqual(
      surplusOf({ stack: "uat", images: project({}) }, () => 3, "Other"),
      [],
    );
  });
});
