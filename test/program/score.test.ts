import assert from "node:assert/strict";
import { execa } from "execa";
import { z } from "zod";
import { layout } from "../../sandbox/layout";
import { silent } from "../../sandbox/progress";
import { buildTools } from "../../sandbox/toolchain/build";
import { toolVersion } from "../../sandbox/toolchain/plan";
import { declareStack, readSettings } from "../support/settings";
import { find, put, record, type Recorded } from "../support/record";
import { scratchMachine, stacks, stackSources, withOwnController } from "../support/stacks";

/** Checks that objects of every stack do not pass, and why that is right. */
const excused: Readonly<Record<string, string>> = {
  "pod-probes-identical":
    "both ask the same question, and liveness gives up later (a convention of ours): what is only busy is not killed",
  "container-image-pull-policy":
    "images are named by digest, which is the same wherever it lies: a pod starts while the registry is away",
  "deployment-has-host-podantiaffinity":
    "topologySpreadConstraints spread the pods, and also where there are fewer nodes than pods",
};

/** The same for stack test. */
const excusedInTest: typeof excused = {
  "deployment-replicas": "one pod of each project is enough there, as its file says",
};

const Scored = z.array(
  z.object({
    object_name: z.string(),
    checks: z.array(
      z.object({
        check: z.object({ id: z.string() }),
        grade: z.number(),
        skipped: z.boolean(),
        comments: z.array(z.object({ path: z.string(), summary: z.string() })).nullable(),
      }),
    ),
  }),
);

/** The best grade: every check must reach it. */
const best = 10;

describe("kube-score, a linter of others", function () {
  this.timeout(600_000);
  let linter = "";
  before(async () => {
    linter = (await buildTools(layout(), silent, ["kube-score"])).binary("kube-score");
  });

  /** Its findings about the objects of a recording, by the check's name. */
  async function findings(resources: readonly Recorded[]): Promise<Map<string, string[]>> {
    const input = resources
      .filter(({ type }) => type.startsWith("kubernetes:"))
      .map(({ inputs }) => JSON.stringify(inputs))
      .join("\n---\n");
    const [major, minor] = toolVersion("kubernetes").split(".");
    const version = `--kubernetes-version=v${major}.${minor}`;
    const args = ["score", "--output-format=json", version, "-"];
    // It ends with 1 if it has findings.
    const { stdout } = await execa(linter, args, { input, reject: false });
    const found = new Map<string, string[]>();
    for (const { object_name: name, checks } of Scored.parse(JSON.parse(stdout))) {
      for (const { check, grade, skipped, comments } of checks) {
        if (skipped || grade >= best) continue;
        const said = (comments ?? []).map(({ path, summary }) => `${name} ${path}: ${summary}`);
        found.set(check.id, [...(found.get(check.id) ?? []), ...said]);
      }
    }
    return found;
  }

  const objectsOf = async (stack: string, keys = {}): Promise<readonly Recorded[]> => {
    const machine = scratchMachine();
    try {
      const settings = readSettings(stackSources(stack, machine.env, keys));
      return (await record(stack, () => declareStack(settings))).resources;
    } finally {
      machine.remove();
    }
  };

  const rows: readonly [stack: string, keys: object][] = [
    ...stacks.map((stack): [string, object] => [stack, {}]),
    ["uat", withOwnController],
  ];
  for (const [stack, keys] of rows) {
    it(`finds nothing in stack ${[stack, ...Object.keys(keys)].join(" with ")} except the exceptions`, async () => {
      const found = await findings(await objectsOf(stack, keys));
      const all = { ...excused, ...(stack === "test" ? excusedInTest : {}) };
      for (const id of Object.keys(all)) found.delete(id);
      assert.deepEqual(Object.fromEntries(found), {});
    });
  }

  it("is excused from nothing without need", async () => {
    const found = await findings(await objectsOf("test"));
    const others = await findings(await objectsOf("prod"));
    const needed = [...found.keys(), ...others.keys()];
    const all = Object.keys({ ...excused, ...excusedInTest });
    assert.deepEqual([...new Set(needed)].sort(), all.sort());
  });

  it("notices what is wrong", async () => {
    const objects = await objectsOf("test");
    const container = ["spec", "template", "spec", "containers", "0"];
    const { inputs } = find(objects, "Deployment", "packet-label");
    put(inputs, [...container, "resources", "limits", "ephemeral-storage"], undefined);
    const found = await findings(objects);
    assert.match(
      String(found.get("container-ephemeral-storage-request-and-limit")),
      /packet-label/,
    );
  });
});
