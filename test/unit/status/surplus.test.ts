import assert from "node:assert/strict";
import { surplusOf, type Scaled } from "../../../src/status/surplus";
import type { Images } from "../../../src/projects/images";

/** A Deployment with a number of pods set by a manager. */
const scaled = (name: string, replicas: number, manager = "kubectl"): Scaled => ({
  metadata: {
    name,
    managedFields: [
      { manager: "kube-controller-manager", fieldsV1: { "f:status": {} } },
      { manager, fieldsV1: { "f:spec": { "f:replicas": {} } } },
    ],
  },
  spec: { replicas },
});

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
    }) as unknown as Images;
  const halves = { strategy: { kind: "blueGreen", form: "halves" } };

  for (const [what, images, running, told] of [
    [
      "are reported where they are more",
      project({}),
      [scaled("web", 3)],
      /^Web has 3 pods, set by kubectl.*where 2 are declared.*scale Web 3 --stack uat$/,
    ],
    [
      "are reported for the slot that serves",
      project({}, { slot: "b" }),
      [scaled("web", 9), scaled("web--b", 3)],
      /has 3 pods/,
    ],
    ["are none where as many are declared", project({}), [scaled("web", 2)], undefined],
    ["are none where fewer run", project({}), [scaled("web", 0)], undefined],
    ["are none before there is anything", project({}), [], undefined],
    [
      "are none where the last update has said so: this one is to have fewer",
      project({}),
      [scaled("web", 4, "pulumi-kubernetes-0a1b")],
      undefined,
    ],
    [
      "are none if nobody knows who has set it",
      project({}),
      [{ ...scaled("web", 4), metadata: { name: "web" } }],
      undefined,
    ],
    [
      "are an autoscaler's where there is one",
      project({ autoscale: { max: 9 } }),
      [scaled("web", 3)],
      undefined,
    ],
    [
      "are reported for each half",
      project(halves),
      [scaled("web", 3), scaled("web--b", 1)],
      /has 3 pods.*where 1 are declared.*scale Web 6 --stack uat$/,
    ],
  ] as const) {
    it(what, () => {
      const lines = surplusOf({ stack: "uat", images }, running);
      if (told === undefined) assert.deepEqual(lines, []);
      else assert.match(lines.join(), told);
    });
  }

  it("are of one project where the update is", () => {
    assert.deepEqual(
      surplusOf({ stack: "uat", images: project({}) }, [scaled("web", 3)], "Other"),
      [],
    );
  });
});
