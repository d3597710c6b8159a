import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changeRecord } from "../../../src/rollout/project";
import { begin, withRejection } from "../../../src/records/transitions";
import { StackDriver } from "../../../src/rollout/driver";
import type { Session } from "../../../src/engine/session";
import { StackFile } from "../../../src/records/stack-file";
import type { ReleaseRecord } from "../../../src/records/record";
import type { RolloutDriver } from "../../../src/rollout/types";

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const text = `config:
  slipway:system: shop
  slipway:cluster: { kind: kubeconfig, file: uat.yaml, identifier: shop }
  slipway:ingress: { controller: external, namespace: edge, domain: shop.example }
  slipway:releases:
    Mail: { digest: "${digest("e")}" }
    # by hand
    Web: { digest:   "${digest("a")}", slot: a }
`;
const serves: ReleaseRecord = { digest: digest("a"), slot: "a" };
const rollout = {
  strategy: { kind: "blueGreen", form: "switch" },
  checked: false,
  prepull: false,
} as const;
const first = begin(serves, { digest: digest("b") }, rollout);
const moment = { by: "Li", at: "2026-11-30T12:00:00Z" };
const rejection = { digest: digest("b"), why: "it leaks", ...moment };

describe("a rollout that writes a stack's file while others do", () => {
  let folder: string;
  let file: StackFile;
  let driver: RolloutDriver;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-"));
    writeFileSync(join(folder, "Pulumi.uat.yaml"), text);
    file = new StackFile(folder, "uat");
    const session = { file, stack: "uat" } as unknown as Session;
    const show = { stage: () => Promise.resolve() };
    driver = new StackDriver(session, "Web", { known: serves, limits: undefined, show, who: "Li" });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** Another process's. */
  const theirs = (project: string, change: (record: ReleaseRecord) => ReleaseRecord): void => {
    changeRecord(new StackFile(folder, "uat"), project, (record) => record && change(record));
  };
  const recordOf = (project: string): ReleaseRecord | undefined => {
    let found: ReleaseRecord | undefined;
    changeRecord(file, project, (record) => (found = record));
    return found;
  };

  it("takes back what it has written byte by byte", () => {
    driver.save(first);
    driver.undo();
    assert.equal(file.text(), text);
  });

  it("takes back its own project alone where another is released meanwhile", () => {
    driver.save(first);
    theirs("Mail", (record) => ({ ...record, digest: digest("f") }));
    driver.undo();
    assert.deepEqual([recordOf("Web"), recordOf("Mail")?.digest], [serves, digest("f")]);
  });

  it("takes back its release, and not what was rejected and verified meanwhile", () => {
    theirs("Web", (record) => ({ ...record, verified: moment }));
    driver.save(first);
    theirs("Web", (record) => withRejection(record, rejection));
    driver.undo();
    assert.deepEqual(recordOf("Web"), { ...serves, verified: moment, rejected: [rejection] });
  });

  it("keeps the proof of the version that it comes back to, whatever has served between", () => {
    theirs("Web", (record) => ({ ...record, verified: moment }));
    driver.save({ digest: digest("b"), slot: "a" });
    assert.equal(recordOf("Web")?.verified, undefined);
    driver.save(serves);
    assert.deepEqual(recordOf("Web")?.verified, moment);
  });

  it("comes back without what it has rejected itself, for that serves on", () => {
    driver.save(
      withRejection({ digest: digest("b"), slot: "a" }, { ...rejection, digest: digest("a") }),
    );
    theirs("Web", (record) => withRejection(record, { ...rejection, digest: digest("c") }));
    driver.save(serves);
    assert.deepEqual(recordOf("Web")?.rejected, [{ ...rejection, digest: digest("c") }]);
  });

  it("goes no step further where somebody has changed the record, and leaves it", () => {
    driver.save(first);
    theirs("Web", () => ({ digest: digest("c"), slot: "b" }));
    const before = file.text();
    for (const act of [
      () => {
        driver.save(serves);
      },
      () => {
        driver.undo();
      },
    ])
      assert.throws(act, /its record was changed meanwhile[^]*given: +"c{12}"[^]*slipway status/);
    assert.equal(file.text(), before);
  });
});
