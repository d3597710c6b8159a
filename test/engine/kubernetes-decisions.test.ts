import * as assert from "node:assert/strict";
import { type Declared, Project, type Run } from "../support/engine";
import { type Decision, kinds, objectOf } from "../support/kubernetes-kinds";

/** Every change of every kind at once: three runs of the engine for all of them. */
describe("what the kubernetes plugin makes of a change", function () {
  this.timeout(600_000);
  const project = new Project();
  const namespace = `decisions-${process.pid}`;
  const cases = Object.entries(kinds).flatMap(([kind, kindCase]) =>
    Object.entries(kindCase.changes).map(([change, [fields, decision]]) => {
      const name = `${namespace}-${kind}-${change}`.toLowerCase().replaceAll(" ", "-");
      return { kind, change, decision, name, kindCase, fields };
    }),
  );
  const declare = (changed: boolean): void => {
    const objects = cases.map(({ name, kindCase, fields }): [string, Declared] => [
      name,
      objectOf(name, namespace, kindCase, changed ? fields : {}),
    ]);
    const own = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
    const args = { enableConfigMapMutable: true, enableSecretMutable: true };
    project.declare({
      mutable: { type: "provider", inputs: args },
      own: { type: "kubernetes:core/v1:Namespace", inputs: own },
      ...Object.fromEntries(
        objects.map(([name, { options, ...rest }]) => [
          name,
          { ...rest, options: { ...options, dependsOn: ["own"] } },
        ]),
      ),
    });
  };
  const expected = new Map(cases.map(({ name, decision }) => [name, decision]));

  before(() => project.init());
  after(() => project.remove());

  describe("before", () => {
    before(() => {
      declare(false);
    });

    it("creates an object of every kind", async () => {
      succeeded(await project.up());
    });

    it("finds nothing to do when nothing changed", async () => {
      const run = succeeded(await project.preview());
      assert.deepEqual(decisions(run, expected.keys()), new Map());
    });

    it("finds nothing changed in the cluster", async () => {
      const run = succeeded(await project.refresh());
      assert.deepEqual(decisions(run, expected.keys()), new Map());
    });
  });

  describe("in a preview", () => {
    let found: Map<string, Decision>;
    before(async () => {
      declare(true);
      found = decisions(succeeded(await project.preview()), expected.keys());
    });
    for (const { kind, change, decision, name } of cases) {
      it(`${kind}, ${change}: ${decision}`, () => {
        assert.equal(found.get(name), decision);
      });
    }
  });

  describe("after", () => {
    it("does what the preview showed", async () => {
      const run = succeeded(await project.up());
      assert.deepEqual(decisions(run, expected.keys()), expected);
    });

    it("finds nothing to do again", async () => {
      const run = succeeded(await project.preview());
      assert.deepEqual(decisions(run, expected.keys()), new Map());
    });

    it("removes every object", async () => {
      succeeded(await project.destroy());
      assert.deepEqual(await project.state(), []);
    });
  });
});

function succeeded(run: Run): Run {
  assert.ok(run.ok, run.messages === "" ? run.output : run.messages);
  return run;
}

function decisions(run: Run, names: Iterable<string>): Map<string, Decision> {
  const found = new Map<string, Decision>();
  for (const name of names) {
    const ops = run.steps.filter((step) => step.name === name).map(({ op }) => op);
    if (ops.includes("replace")) found.set(name, "replace");
    else if (ops.includes("update")) found.set(name, "update");
  }
  return found;
}
