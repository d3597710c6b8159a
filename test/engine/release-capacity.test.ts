import * as assert from "node:assert/strict";
import { execa } from "execa";
import { layout } from "../../sandbox/layout";
import { sessionEnv } from "../../sandbox/session";
import { eventually } from "../../sandbox/eventually";
import { Killer } from "../support/kills";
import { project, ReleaseStack } from "../support/release-stack";
import { walkAll } from "../support/suites";

const name = "sjzy-package-api";
/** A line for each change of the Service's targets: whether each of its pods is ready. */
const columns = "custom-columns=READY:.endpoints[*].conditions.ready";

/**
 * The least number of ready pods behind the Service during an operation after which there are `wanted`, and the number of
 * changes.
 */
async function least(
  { namespace }: ReleaseStack,
  wanted: number,
  happening: () => Promise<unknown>,
): Promise<{ least: number; seen: number }> {
  const which = ["endpointslices", `--selector=kubernetes.io/service-name=${name}`];
  const flags = [`--namespace=${namespace}`, "--watch", "--no-headers", "--output", columns];
  const watching = execa("kubectl", ["get", ...which, ...flags], {
    env: sessionEnv(layout()),
    reject: false,
    buffer: false,
  });
  let text = "";
  watching.stdout.on("data", (part: Buffer) => (text += part.toString()));
  const counts = (): number[] =>
    text
      .split("\n")
      .slice(0, -1)
      .map((line) => line.split(",").filter((ready) => ready.trim() === "true").length);
  // A rollout is complete before the Service's targets are: what is missing at the start is nobody's loss.
  await eventually(() => {
    assert.equal(counts().at(-1), wanted);
    return Promise.resolve();
  });
  const before = counts().length - 1;
  await happening();
  await eventually(() => {
    assert.equal(counts().at(-1), wanted);
    return Promise.resolve();
  });
  watching.kill();
  await watching;
  const during = counts().slice(before);
  return { least: Math.min(...during), seen: during.length };
}

/** With `halves` one half serves alone for a part of the release: in every order of events, enough pods answer. */
walkAll("the pods behind halves", function () {
  this.timeout(300_000);
  const lab = new ReleaseStack("capacity", true);
  /** Pods in the project's settings: one for each half. */
  const replicas = 2;
  const release = (version: string): string[] => [
    ...["release", project, "--digest", lab.imagined(project, version), "--yes"],
  ];

  before(async () => {
    lab.settings(project, "halves");
    await lab.program.init();
    await lab.must(...release("v1"));
  });
  after(() => lab.remove());

  it("are never fewer than in the settings during a release", async () => {
    const { least: fewest, seen } = await least(lab, replicas, () => lab.must(...release("v2")));
    assert.ok(seen > 3, `${seen} changes seen`);
    assert.ok(fewest >= replicas, `${fewest} of ${replicas}`);
  });

  it("nor when it is taken back where one slot serves alone", async () => {
    await new Killer(lab, project).kill("between", "switch", release("v3"));
    const { least: fewest, seen } = await least(lab, replicas, () =>
      lab.must("rollback", project, "--yes"),
    );
    assert.ok(seen > 3, `${seen} changes seen`);
    assert.ok(fewest >= replicas, `${fewest} of ${replicas}`);
    assert.equal(lab.record()?.digest, lab.imagined(project, "v2"));
  });
});

/** More pods than in the settings, because an autoscaler has requested them: a switch must not lose pods that carry load. */
walkAll("the pods that an autoscaler has added", function () {
  this.timeout(300_000);
  const lab = new ReleaseStack("autoscaled", true);
  const added = 5;
  const kubectl = (...args: string[]) =>
    execa("kubectl", ["--namespace", lab.namespace, ...args], { env: sessionEnv(layout()) });
  const release = (version: string): string[] => [
    ...["release", project, "--digest", lab.imagined(project, version), "--yes"],
  ];
  /** The Deployment that the autoscaler scales, and its number of pods. */
  async function scaled(): Promise<string[]> {
    const target = "jsonpath={.items[*].spec.scaleTargetRef.name}";
    const { stdout } = await kubectl("get", "hpa", `--selector=app=${name}`, "--output", target);
    const { stdout: pods } = await kubectl(
      ...["get", "deployment", stdout, "--output", "jsonpath={.spec.replicas}"],
    );
    return [stdout, pods];
  }

  before(async () => {
    lab.settings(project, "blueGreen", "autoscale: { max: 6, cpu: 70 }");
    await lab.program.init();
    await lab.must(...release("v1"));
    // In place of the autoscaler; no load is measured here.
    await kubectl("scale", "deployment", name, `--replicas=${added}`);
    await kubectl("rollout", "status", "deployment", name);
  });
  after(() => lab.remove());

  it("are never fewer in a release, and the new version's Deployment has them and the autoscaler", async () => {
    const { least: fewest } = await least(lab, added, () => lab.must(...release("v2")));
    assert.ok(fewest >= added, `${fewest} of ${added}`);
    assert.deepEqual(await scaled(), [`${name}--b`, `${added}`]);
  });

  it("nor during a rollback", async () => {
    const { least: fewest } = await least(lab, added, () => lab.must("rollback", project, "--yes"));
    assert.ok(fewest >= added, `${fewest} of ${added}`);
    assert.deepEqual(await scaled(), [name, `${added}`]);
  });
});
