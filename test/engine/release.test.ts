import * as assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { all as everything, itAll, walk } from "../support/suites";
import { bystander, project, ReleaseStack } from "../support/release-stack";

const name = "sjzy-package-api";

/** Of a project's file: the serving version keeps its Secret during a release; otherwise a canary could not continue. */
const secret = "secrets: { KEY: key }";

/** Releases by command, on the real engine and the real API server; each test continues where the previous one ended. */
walk("slipway release", function () {
  this.timeout(900_000);
  const lab = new ReleaseStack("released");
  const release = (digest: string): Promise<unknown> =>
    lab.must("release", project, "--digest", digest, "--yes");
  /** One Deployment that serves, and nothing beside it. */
  const alone = (deployment: string, digest: string): string[] => [
    `Deployment ${deployment} ${digest} 2`,
    `Service ${name}`,
  ];

  before(async () => {
    await lab.program.init();
    const key = ["config", "set", "--secret", "slipway:secrets.key", "planted-value"];
    const { exitCode, all } = await lab.program.pulumi(...key, "--stack", "test");
    assert.equal(exitCode, 0, all);
  });
  after(() => lab.remove());

  it("creates an empty stack with everything that the project depends on", async () => {
    const digest = await lab.version(project, "v1");
    // Nothing runs yet that this one could be rolled out beside.
    await lab.must("release", bystander, "--digest", await lab.version(bystander, "v1"), "--yes");
    await release(digest);
    assert.deepEqual(await lab.objects(), alone(name, digest));
    const { released, settings, before, ...record } = lab.record() ?? assert.fail("no record");
    assert.deepEqual(record, { digest, slot: "a", strategy: "rolling" });
    // The other project's release has created the resources for building this one.
    assert.notEqual(before?.digest, digest);
    assert.match(released?.at ?? "", /^20\d\d-/);
    assert.match(settings ?? "", /"port":\d+/);
  });

  for (const [version, strategy, deployment, more = ""] of [
    ["v2", "rolling", name],
    ["v3", "blueGreen", `${name}--b`],
    ["v4", "{ kind: canary, steps: [{ weight: 25 }, { weight: 50, pause: 1 }] }", name],
    ["v5", "rolling", name, secret],
  ] as const) {
    it(`takes ${version} over by ${strategy}, leaves nothing beside it and touches nobody else`, async () => {
      lab.settings(project, strategy, more);
      const [before, digest] = [await lab.others(), await lab.version(project, version)];
      await release(digest);
      assert.deepEqual(await lab.objects(), alone(deployment, digest));
      assert.equal(lab.record()?.digest, digest);
      assert.equal(lab.record()?.next, undefined);
      assert.deepEqual(await lab.others(), before);
    });
  }

  itAll("upgrades halves one after the other, and both serve", async () => {
    lab.settings(project, "halves");
    const digest = await lab.version(project, "v6");
    await release(digest);
    const both = [name, `${name}--b`].map((half) => `Deployment ${half} ${digest} 1`);
    assert.deepEqual(await lab.objects(), [...both, `Service ${name}`]);
  });

  itAll("goes from halves back to one set of pods, with a secret from now on", async () => {
    lab.settings(project, "blueGreen", secret);
    const digest = await lab.version(project, "v7");
    await release(digest);
    const [deployment = ""] = (await lab.objects()).map((object) => object.split(" ")[1]);
    assert.deepEqual(await lab.objects(), alone(deployment, digest));
  });

  it("stops at a canary that needs approval, and continues when run again", async () => {
    lab.settings(project, "{ kind: canary, steps: [{ weight: 50, pause: approval }] }", secret);
    const digest = await lab.version(project, "v8");
    const first = (await release(digest)) as { releases: { state: string }[] };
    assert.equal(first.releases[0]?.state, "waiting");
    assert.equal(lab.record()?.next?.step, "weight 50");
    assert.equal((await lab.objects()).filter((object) => /^Deployment/.test(object)).length, 2);
    const second = (await release(digest)) as { releases: { state: string }[] };
    assert.equal(second.releases[0]?.state, "settled");
    assert.equal(lab.record()?.digest, digest);
  });

  it("shows what it will do, and does nothing without confirmation", async () => {
    const digest = await lab.version(project, "v9");
    const before = lab.record();
    const { exitCode, all } = await lab.program.slipway("release", project, "--digest", digest);
    assert.equal(exitCode, 2);
    assert.match(
      all,
      new RegExp(`${project}: from [0-9a-f]{12} to ${digest.slice(7, 19)}, canary`),
    );
    assert.match(all, /add --yes/);
    assert.deepEqual(lab.record(), before);
  });

  it("scales, and a later release keeps the number of pods", async () => {
    await lab.must("scale", project, "3", "--yes");
    const deployments = (await lab.objects()).filter((object) => /^Deployment/.test(object));
    assert.match(deployments.join(), / 3$/);
    assert.equal(lab.record()?.replicas, 3);
  });

  it("makes again what somebody has deleted, which an update names", async () => {
    const [before, { digest = "" } = {}] = [await lab.objects(), lab.record()];
    const serving = before.flatMap((object) => /^Deployment (\S+)/.exec(object)?.[1] ?? []);
    await lab.kubectl("delete", `service/${name}`, `deployment/${serving[0] ?? ""}`);
    const { exitCode, all } = await lab.program.pulumi("up", "--yes", "--skip-preview");
    assert.notEqual(exitCode, 0, all);
    assert.match(all, /the cluster does not have it; pulumi up --refresh --stack \S+ creates it/);
    await release(digest);
    assert.deepEqual(await lab.objects(), before);
    await lab.kubectl("delete", `service/${name}`);
    const later = await lab.program.pulumi("up", "--yes", "--skip-preview");
    assert.match(later.all, new RegExp(`Service ${name}: the cluster does not have it`));
    await lab.program.up("--refresh");
    assert.deepEqual(await lab.objects(), before);
  });

  it("shows what runs where, and what was done", async () => {
    const { projects } = (await lab.must("status")) as { projects: Record<string, unknown>[] };
    assert.deepEqual(
      projects.map(({ project: of, ready, replicas, step }) => [of, ready, replicas, step]),
      [
        [project, 3, 3, ""],
        [bystander, 2, 2, ""],
      ],
    );
    const lines = (await lab.must("history", project, "--limit", "50")) as Record<string, string>[];
    // The releases of halves are in `test:all` only.
    assert.ok(lines.length > (everything ? 15 : 10));
    for (const { result, by } of lines) assert.ok(result === "succeeded" && by !== "");
  });

  it("is rolled back to an early version, with as many pods as it has, and nobody else is touched", async () => {
    const [others, left, first] = [
      await lab.others(),
      lab.record()?.digest,
      await lab.version(project, "v2"),
    ];
    await lab.must("rollback", project, "--to", first.slice(7, 19), "--yes");
    assert.equal(lab.record()?.digest, first);
    assert.deepEqual(
      lab.record()?.rejected?.map(({ digest }) => digest),
      [left],
    );
    assert.match((await lab.objects()).join(), new RegExp(`${first} 3`));
    assert.deepEqual(await lab.others(), others);
  });

  it("is undone by nobody whose checkout is older: each command names what was released since", async () => {
    const path = join(lab.program.folder, "Pulumi.test.yaml");
    const older = readFileSync(path, "utf8");
    lab.settings(project, "rolling");
    await release(await lab.version(project, "v10"));
    const [newer, before] = [readFileSync(path, "utf8"), await lab.objects()];
    writeFileSync(path, older);
    const preview = await lab.program.pulumi("preview", "--stack", "test");
    assert.equal(preview.exitCode, 0, preview.all);
    assert.match(preview.all, /what an update would say[^]*git pull/);
    const digest = await lab.version(project, "v11");
    for (const args of [
      ["release", project, "--digest", digest],
      ["release", project, "--digest", lab.record()?.digest ?? ""],
      ["scale", project, "4"],
      ["rollback", project],
      ["remove", project],
    ]) {
      const { exitCode, all } = await lab.program.slipway(...args, "--yes", "--stack", "test");
      assert.equal(exitCode, 2, all);
      assert.match(all, /slipway:releases\.SJZY\.Package\.Api[^]*git pull/);
    }
    const { exitCode, all } = await lab.program.pulumi("up", "--yes", "--skip-preview");
    assert.notEqual(exitCode, 0, all);
    assert.match(all, /the latest version that the stack has run: [^]* by /);
    assert.equal(readFileSync(path, "utf8"), older);
    assert.deepEqual(await lab.objects(), before);
    writeFileSync(path, newer);
  });

  it("waits for another release of the stack, and both are applied", async () => {
    const digests = [
      await lab.version(project, "v12"),
      await lab.version(bystander, "v2"),
    ] as const;
    const both = await Promise.all([
      lab.program.slipway("release", project, "--digest", digests[0], "--yes"),
      lab.program.slipway("release", bystander, "--digest", digests[1], "--yes"),
    ]);
    for (const { exitCode, all } of both) assert.equal(exitCode, 0, all);
    assert.deepEqual([lab.record()?.digest, lab.record(bystander)?.digest], digests);
    assert.match((await lab.objects()).join(), new RegExp(digests[0]));
    const { exitCode, all } = await lab.program.slipway(
      ...["release", project, "--digest", digests[0], "--yes", "--wait", "x"],
    );
    assert.equal(exitCode, 2, all);
  });

  it("is refused for what was rejected, with the reason, and the file stays as it was", async () => {
    const path = join(lab.program.folder, "Pulumi.test.yaml");
    const [before, rejected] = [readFileSync(path, "utf8"), lab.record()?.rejected?.[0]?.digest];
    const args = ["release", project, "--digest", rejected ?? assert.fail("none"), "--yes"];
    const { exitCode, all } = await lab.program.slipway(...args);
    assert.equal(exitCode, 2, all);
    assert.match(all, /rejected/);
    assert.equal(readFileSync(path, "utf8"), before);
  });

  it("removes a project, keeps its record, lets no older checkout restore it, and adds it again", async () => {
    const path = join(lab.program.folder, "Pulumi.test.yaml");
    const [before, older] = [await lab.others(), readFileSync(path, "utf8")];
    await lab.must("remove", project, "--yes");
    assert.deepEqual(await lab.objects(), []);
    assert.equal(lab.record()?.["removed"], true);
    assert.deepEqual(await lab.others(), before);

    const newer = readFileSync(path, "utf8");
    writeFileSync(path, older);
    const taken = /the project was removed from the stack, on [^]* by [^]*git pull/;
    const up = await lab.program.pulumi("up", "--yes", "--skip-preview");
    assert.notEqual(up.exitCode, 0, up.all);
    assert.match(up.all, taken);
    const scale = await lab.program.slipway("scale", project, "4", "--yes", "--stack", "test");
    assert.equal(scale.exitCode, 2, scale.all);
    assert.match(scale.all, taken);
    const status = await lab.program.slipway("status", "--json", "--stack", "test");
    assert.match(status.all, /this file is older: the project was removed on /);
    assert.deepEqual(await lab.objects(), []);
    writeFileSync(path, newer);
    await lab.program.up();
    assert.deepEqual(await lab.objects(), []);

    const digest = await lab.version(project, "v9");
    await release(digest);
    assert.equal(lab.record()?.["removed"], undefined);
    assert.ok((await lab.objects()).length > 0);
  });
});
