import * as assert from "node:assert/strict";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { versionOf, type HistoryLine } from "../../src/cli/commands/history";
import { fileBackend, postgresBackend, s3Backend, type Backend } from "../support/backends";
import { eventually } from "../../sandbox/eventually";
import { Repository } from "../support/git";
import { changes } from "../../sandbox/program-copy";
import { bystander, project, ReleaseStack } from "../support/release-stack";
import { cases, itAll, walk } from "../support/suites";

/** The backend of a stack, and the one it is moved to at the end. */
const table = cases(
  [{ name: "file", start: fileBackend, next: postgresBackend }],
  [
    { name: "s3", start: s3Backend, next: fileBackend },
    { name: "postgres", start: postgresBackend, next: s3Backend },
  ],
);

const lead = "Li Jing <lijing@shop.example>";

/** Copies the updates of all stacks from one backend to another, where both have files. */
function copyHistory({ folder: from }: Backend, { folder: to }: Backend): boolean {
  if (from === undefined || to === undefined) return false;
  const history = join(".pulumi", "history");
  cpSync(join(from, history), join(to, history), { recursive: true });
  return true;
}

/** The same on every backend, with real servers; each test continues where the previous one ended. */
for (const { name, start, next } of table) {
  walk(`a stack's history in ${name}://`, function () {
    this.timeout(900_000);
    const system = `kept-${name}`;
    const digests: string[] = [];
    /** All output of all commands. */
    const said: string[] = [];
    let backend: Backend;
    let lab: ReleaseStack;

    const slipway = async (expected: number, ...args: string[]): Promise<string> => {
      const { exitCode, all } = await lab.program.slipway(...args, "--stack", "test");
      said.push(all);
      assert.equal(exitCode, expected, all);
      return all;
    };
    const pulumi = async (...args: string[]): Promise<string> => {
      const { exitCode, all } = await lab.program.pulumi(...args, "--stack", "test");
      said.push(all);
      assert.equal(exitCode, 0, all);
      return all;
    };
    const release = (index: number, expected = 0): Promise<string> =>
      slipway(expected, "release", project, "--digest", digests[index] ?? "", "--yes");
    const history = async (): Promise<HistoryLine[]> =>
      JSON.parse(await slipway(0, "history", "--limit", "100", "--json")) as HistoryLine[];
    const ran = (line: HistoryLine | undefined): Record<string, string> =>
      Object.fromEntries(
        Object.entries(line?.releases ?? {}).map(([name, one]) => [name, versionOf(one)]),
      );
    const short = (index: number): string => digests[index]?.slice(7, 19) ?? "";

    before(async () => {
      backend = await start();
      lab = new ReleaseStack(system);
      lab.program.use(backend.env);
      lab.program.discard(`projects/${bystander}.yaml`);
      for (const version of ["v1", "v2", "v3", "v4"]) {
        digests.push(await lab.version(project, version));
      }
      const repository = new Repository(lab.program.folder);
      for (const [key, value] of [
        ["name", "Li Jing"],
        ["email", "lijing@shop.example"],
      ] as const) {
        repository.git("config", `user.${key}`, value);
      }
      repository.commit({ ".gitignore": "node_modules\n.state\n" });
      await lab.program.init();
    });
    after(async () => {
      await lab.remove();
      await backend.stop();
    });

    it("shows for each release who made it, when, from which commit, what it changed and its result", async () => {
      const began = new Date().toISOString().slice(0, 19);
      await release(0);
      await release(1);
      const lines = await history();
      const [second, first] = lines;
      assert.equal(lines.length, 2);
      assert.deepEqual([second, first].map(ran), [
        { [project]: short(1) },
        { [project]: short(0) },
      ]);
      const head = new Repository(lab.program.folder).git("rev-parse", "--short=8", "HEAD");
      for (const { kind, result, by, commit, at } of lines) {
        // The record that it writes is not committed yet.
        assert.deepEqual([kind, result, by, commit], ["update", "succeeded", lead, `${head}+`]);
        assert.ok(at >= began, at);
      }
      assert.ok((first?.changes["create"] ?? 0) > 3);
      assert.deepEqual(second?.changes, { update: 1 });
    });

    it("outlives an export and an import, is what a rollback goes by, and what was left is refused", async () => {
      const [before, exported] = [await history(), join(lab.program.folder, "exported.json")];
      await pulumi("stack", "export", "--file", exported);
      await pulumi("stack", "import", "--file", exported);
      assert.deepEqual(await history(), before);
      await slipway(0, "rollback", project, "--why", "wrong prices", "--yes");
      assert.equal(lab.record()?.digest, digests[0]);
      assert.match(await release(1, 2), /wrong prices/);
      assert.deepEqual(ran((await history())[0]), { [project]: short(0) });
    });

    it("has what others did by hand, with what it changed", async () => {
      const record = new RegExp(`^( *)digest: ${digests[0] ?? ""}$`, "m");
      lab.program.edit("Pulumi.test.yaml", (text) => text.replace(record, "$&\n$1replicas: 1"));
      await pulumi("up", "--yes", "--skip-preview", "--non-interactive");
      await pulumi("refresh", "--yes", "--skip-preview", "--non-interactive");
      const [refresh, byHand] = await history();
      assert.deepEqual(
        [refresh?.kind, refresh?.result, ran(refresh)],
        ["refresh", "succeeded", {}],
      );
      assert.deepEqual(
        [byHand?.kind, byHand?.result, ran(byHand)],
        ["update", "succeeded", { [project]: short(0) }],
      );
      assert.equal(byHand?.by, "Li Jing");
      assert.doesNotMatch(await slipway(0, "history", project), /refresh/);
    });

    it("can be read while a killed run's lock exists, which the next command clears", async () => {
      lab.settings(project, "blueGreen");
      const killed = lab.program.startSlipway(
        "release",
        project,
        "--digest",
        digests[2] ?? "",
        "--yes",
        "--stack",
        "test",
      );
      await eventually(async () => {
        assert.equal(lab.record()?.next?.step, "beside");
        assert.equal((await backend.locks()).length, 1);
      });
      process.kill(-(killed.pid ?? assert.fail("not started")), "SIGKILL");
      await killed;

      assert.equal((await history())[0]?.kind, "refresh");
      assert.equal((await backend.locks()).length, 1);
      await release(2);
      assert.deepEqual(await backend.locks(), []);
      assert.equal(lab.record()?.digest, digests[2]);
    });

    itAll(
      "goes with a stack to another backend where its files are copied; what runs, and what must not, goes anyhow",
      async () => {
        lab.settings(project, "rolling");
        const exported = join(lab.program.folder, "exported.json");
        await pulumi("stack", "export", "--file", exported);
        const [past, status] = [await history(), await slipway(0, "status", "--json")];
        const target = await next();
        try {
          lab.program.use(target.env);
          await lab.program.init();
          await pulumi("stack", "import", "--file", exported);
          const copied = copyHistory(backend, target);
          assert.deepEqual(await history(), copied ? past : []);
          assert.equal(await slipway(0, "status", "--json"), status);
          assert.deepEqual(changes(await lab.program.up()), []);
          assert.match(await release(1, 2), /wrong prices/);
          await release(3);
          await slipway(0, "rollback", project, "--yes");
          assert.equal(lab.record()?.digest, digests[2]);
        } finally {
          lab.program.use(backend.env);
          await target.stop();
        }
      },
    );

    // A folder has neither users nor passwords.
    if (start !== fileBackend) {
      it("is refused without read permission", async () => {
        lab.program.use(backend.wrong ?? assert.fail("no password"));
        try {
          const words = await slipway(2, "history");
          assert.match(words, /the backend cannot be opened: .*\n.*docs\/backends\.md/);
          for (const secret of backend.secrets) assert.ok(!words.includes(secret.slice(1)), words);
        } finally {
          lab.program.use(backend.env);
        }
      });

      it("has its server's passwords in no output or file", async () => {
        const kept = ["Pulumi.test.yaml", "exported.json"].map((file) =>
          readFileSync(join(lab.program.folder, file), "utf8"),
        );
        for (const text of [...said, ...kept, await pulumi("stack", "history", "--json")]) {
          for (const secret of backend.secrets) assert.ok(!text.includes(secret), text);
        }
      });
    }
  });
}
