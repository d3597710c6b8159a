import assert from "node:assert/strict";
import { declareStack, readSettings } from "../support/settings";
import { record, titles, type Recorded } from "../support/record";
import { scratchMachine, stackSources } from "../support/stacks";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const limit = "SJZY.Package.Api";
const projects = ["Packet_Label", limit, "SJZY.Package.Task.Api"];
const removed = [
  ...["Packet_BSI_PC_UI", "Packet_OutCustome_PC_UI", "Packet_Shopman_Web_UI"],
  "SJZY.Package.Output.Api",
];

/** Resources and outputs of uat, with a record for each of three projects. */
async function declare(
  only?: string,
): Promise<{ resources: Recorded[]; outputs: Record<string, unknown> }> {
  const machine = scratchMachine();
  const releases = Object.fromEntries([
    ...projects.map((name) => [name, { digest: digest("1") }] as const),
    ...removed.map((name) => [name, { digest: digest("1"), removed: true }] as const),
  ]);
  try {
    const sources = stackSources("uat", machine.env, { "slipway:releases": releases });
    return await record("uat", async () => ({
      ...(await declareStack(readSettings({ ...sources, only }))),
    }));
  } finally {
    machine.remove();
  }
}

describe("a program that is limited to one project", function () {
  this.timeout(60_000);
  let [all, one]: { resources: Recorded[]; outputs: Record<string, unknown> }[] = [];
  before(async () => {
    [all, one] = [await declare(), await declare(limit)];
  });

  it("declares that project and what it depends on, as it would among the others", () => {
    const others = titles(all?.resources ?? []).filter(
      (title) => !/ (packet-label|sjzy-package-task-api)(-.*)?$/.test(title),
    );
    assert.deepEqual(titles(one?.resources ?? []), others);
    assert.ok(
      others.some((title) => title === "Deployment sjzy-package-api"),
      others.join("\n"),
    );
  });

  it("declares the Ingress that projects share with the routes of all", () => {
    const shared = ({ resources }: { resources: Recorded[] }) =>
      resources.filter(({ type }) => /^kubernetes:.*:Ingress$/.test(type));
    assert.ok(one !== undefined && all !== undefined);
    assert.equal(shared(one).length, 1);
    assert.deepEqual(shared(one), shared(all));
  });

  it("is not stopped by another's configuration that is not to be had, and warns of it", () => {
    const machine = scratchMachine();
    const config = { configMode: "mount" };
    const keys = {
      "slipway:defaults": config,
      "slipway:releases": {
        Packet_Label: { digest: digest("1") },
        [limit]: { digest: digest("1"), config: "0123456789".repeat(4) },
      },
    };
    const settings = (only?: string) =>
      readSettings({ ...stackSources("uat", machine.env, keys), only });
    try {
      const gone = /SJZY\.Package\.Api\.yaml[^]*has no commit 0123456789[^]*git -C \S+ fetch/;
      assert.match(settings("Packet_Label").warnings.join("\n"), gone);
      assert.throws(() => settings(limit), gone);
      assert.throws(() => settings(), gone);
    } finally {
      machine.remove();
    }
  });

  it("has the same outputs for all projects as without a limit", () => {
    assert.deepEqual(one?.outputs, all?.outputs);
    assert.match(JSON.stringify(one?.outputs), /SJZY.Package.Task.Api.*sha256:1{64}/);
  });
});
