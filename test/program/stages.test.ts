import assert from "node:assert/strict";
import { settledSlot, stagesOf, type Strategy } from "../../components/app/rollout";
import { declareStack, readSettings } from "../support/settings";
import { stepOf, strategyWord, writeStrategy } from "../../src/projects/strategy";
import { violations } from "../support/conventions";
import { find, put, record, titles, type Recorded } from "../support/record";
import { scratchMachine, stackSources } from "../support/stacks";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
/** A front end behind the shared Ingress, and a back end; the rest is not in the stack. */
const released = ["Packet_Label", "SJZY.Package.Api"];
const others = [
  ...["Packet_BSI_PC_UI", "Packet_OutCustome_PC_UI", "Packet_Shopman_Web_UI"],
  ...["SJZY.Package.Output.Api", "SJZY.Package.Task.Api"],
];
const probeImage = { "slipway:check": { image: `harbor:8080/tools/busybox@${digest("c")}` } };

const strategies: Strategy[] = [
  { kind: "rolling" },
  { kind: "blueGreen", form: "switch" },
  { kind: "blueGreen", form: "halves" },
  { kind: "canary", steps: [{ weight: 0 }, { weight: 30 }, { weight: 70 }] },
];
const exposures: Record<string, object> = {
  "as the kinds are": {},
  "by an Ingress of their own": { expose: "ingress", ingress: "own" },
  "by NodePorts": { expose: "nodePort" },
};

/** The stack with a record for each released project, and settings with all features. */
async function declare(strategy: Strategy, exposure: object, more: object): Promise<Recorded[]> {
  const machine = scratchMachine();
  const check = { path: "/", version: "tag" };
  const settings = { ...exposure, strategy: writeStrategy(strategy), check, prepull: true };
  const version = { digest: digest("1"), tag: "v1" };
  const records = [
    ...released.map((name) => [name, { ...version, ...more }] as const),
    ...others.map((name) => [name, { ...version, removed: true }] as const),
  ];
  try {
    const sources = stackSources("uat", machine.env, {
      ...probeImage,
      "slipway:defaults": settings,
      "slipway:releases": Object.fromEntries(records),
    });
    const { resources } = await record("uat", () => declareStack(readSettings(sources)));
    return resources;
  } finally {
    machine.remove();
  }
}

for (const strategy of strategies) {
  describe(`a stack with releases under way: ${strategyWord(strategy)}`, () => {
    for (const [exposed, exposure] of Object.entries(exposures)) {
      // Only a canary depends on how its project is exposed.
      if (exposed !== "as the kinds are" && strategy.kind !== "canary") continue;
      it(`keeps every convention at every stage, exposed ${exposed}`, async function () {
        this.timeout(60_000);
        const version = { digest: digest("2"), tag: "v2", strategy: writeStrategy(strategy) };
        for (const stage of stagesOf({ strategy, checked: true, prepull: true })) {
          const step = stepOf(stage);
          const resources = await declare(strategy, exposure, { next: { ...version, step } });
          assert.deepEqual(violations(resources), [], step);
          assert.match(titles(resources).join("\n"), /Deployment packet-label\n/);
        }
        const slot = settledSlot("a", strategy);
        const resources = await declare(strategy, exposure, { ...version, slot });
        assert.deepEqual(violations(resources), [], "settled");
      });
    }
  });
}

/** Ways to violate the rules for a release's resources: kind and name, a path, the new value, the message. */
const breaks: [kind: string, name: RegExp, path: string, value: unknown, says: RegExp][] = [
  ["Job", /--check-/, "spec.backoffLimit", 3, /tried again by itself/],
  ["Job", /--check-/, "spec.activeDeadlineSeconds", undefined, /may go on for ever/],
  ["Job", /--check-/, "metadata.annotations", undefined, /stays failed/],
  ["Job", /--check-/, "spec.template.spec.containers.0.image", "busybox:1", /not pinned by digest/],
  [
    "Job",
    /--check-/,
    "spec.template.spec.containers.0.resources.limits",
    undefined,
    /has no limits of cpu/,
  ],
  [
    "Job",
    /--check-/,
    "spec.template.metadata.labels",
    { app: "packet-label", "slipway/slot": "b" },
    /Service sjzy-uat\/packet-label--next-b: selects pods of no server/,
  ],
  ["NetworkPolicy", /^packet-label--check$/, "spec.podSelector", {}, /pods that no NetworkPolicy/],
  ["Service", /^packet-label--next-b$/, "spec.selector.slipway/slot", "c", /selects no pods/],
  [
    "Service",
    /^packet-label$/,
    "spec.selector",
    { "app.kubernetes.io/part-of": "sjzy" },
    /selects the pods of packet-label and /,
  ],
  [
    "Ingress",
    /^packet-label--canary$/,
    "spec.rules.0.host",
    "elsewhere.example",
    /canary of elsewhere.example, which no Ingress serves/,
  ],
  [
    "Ingress",
    /^packet-label--canary$/,
    "spec.rules.0.http.paths.0.backend.service.name",
    "packet-label",
    /leads to packet-label, as the main Ingress does/,
  ],
  [
    "Ingress",
    /^packet-label--canary$/,
    "metadata.annotations",
    { "pulumi.com/skipAwait": "true" },
    /two Ingress rules/,
  ],
];

describe("the conventions of a release can be broken, and it is noticed", () => {
  let good: Recorded[];
  before(async () => {
    const strategy: Strategy = { kind: "canary", steps: [{ weight: 30 }] };
    const version = { digest: digest("2"), tag: "v2", strategy: writeStrategy(strategy) };
    good = await declare(strategy, {}, { next: { ...version, step: "weight 30" } });
  });

  for (const [kind, name, path, value, says] of breaks) {
    it(`${kind} ${String(name)}: ${path} = ${value === undefined ? "nothing" : JSON.stringify(value)}`, () => {
      const resources = structuredClone(good);
      const names = resources.flatMap((each) => (name.test(each.name) ? each.name : []));
      const [own] = names.filter((each) => each.startsWith("packet-label"));
      put(find(resources, kind, own).inputs, path.split("."), value);
      assert.match(violations(resources).join("\n"), says);
    });
  }

  it("a Job whose specification would be changed", () => {
    const resources = structuredClone(good);
    for (const each of resources) each.ignoreChanges = [];
    assert.match(violations(resources).join("\n"), /which no Job can be/);
  });
});
