import assert from "node:assert/strict";
import { execa } from "execa";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { ProgramCopy } from "../../sandbox/program-copy";
import { slipwayHere } from "../support/in-process";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const [good, bad, old] = [digest("a"), digest("b"), digest("c")];
const at = "2026-11-20T09:00:00Z";
const author = "Ann <ann@shop.example>";
const rejected = [{ digest: bad, why: "it leaks", by: author, at }];
const ready = {
  digest: good,
  tag: "v1.0.0",
  commit: "3fdd00f",
  author,
  verified: { by: "qa@shop.example", at },
};
const always = [{ from: at, to: "2999-01-01T00:00:00Z", why: "audit" }];

/** Records of stack `uat` before each case. */
const records = {
  Ready: { ...ready, rejected },
  Unproven: { digest: good, tag: "v1.0.0", commit: "3fdd00f", author },
  Untagged: { ...ready, tag: "develop.3fdd00f" },
  Rejected: { ...ready, digest: bad },
  Coming: {
    ...ready,
    slot: "a",
    next: { digest: old, strategy: "blueGreen", step: "beside" },
  },
  Gone: { ...ready, removed: true },
  Anonymous: { ...ready, author: undefined },
};
const projects = [...Object.keys(records), "Fresh"];

/** Commands as people type them, each with its stderr; all end with exit code 2. */
const cases = readFileSync(join(__dirname, "gates-input.txt"), "utf8")
  .replaceAll("GOOD", good)
  .replaceAll("BAD", bad)
  .replaceAll("OLD", old)
  .trimEnd()
  .split("\n\n")
  .map((block) => {
    const [command = "", ...told] = block.split("\n");
    return { args: command.replace("$ slipway ", "").split(" "), told };
  });

/** The output without indentation, line numbers, the time of day, and the missing registry's error. */
const linesOf = (stderr: string): string[] =>
  stderr
    .trimEnd()
    .split("\n")
    .map((line) => line.trim().replace(/:\d+ →/, " →"))
    .map((line) => line.replace(/^given: {3}"20\d\d-[^"]*Z"$/, "given:   NOW"))
    .filter((line) => !/^(not checked|❯|✖)/.test(line));

/** Mistakes in releases: all reported at once, with nothing changed. */
describe("commands refuse", function () {
  this.timeout(600_000);
  const program = new ProgramCopy("uat");

  before(async () => {
    const write = (path: string, text: string) => {
      writeFileSync(join(program.folder, path), text);
    };
    rmSync(join(program.folder, "projects"), { recursive: true });
    mkdirSync(join(program.folder, "projects"));
    for (const name of projects) {
      write(`projects/${name}.yaml`, `name: ${name}\nkind: back\nport: 8080\n`);
    }
    const common = {
      "slipway:system": "shop",
      "slipway:cluster": { kind: "kubeconfig", file: "uat.yaml", identifier: "shop" },
      "slipway:registry": { host: "harbor.invalid:8080" },
      "slipway:ingress": { controller: "external", namespace: "edge", domain: "shop.example" },
      "slipway:nodePorts": { base: 31000 },
    };
    const stack = (name: string, more: object) => {
      write(`Pulumi.${name}.yaml`, stringify({ config: { ...common, ...more } }));
    };
    stack("uat", { "slipway:releases": records });
    stack("prod", { "slipway:promotion": { from: "uat" } });
    stack("frozen", { "slipway:freeze": always, "slipway:releases": { Ready: ready } });
    stack("odd", {
      "slipway:defaults": { strategy: { kind: "canary", steps: [{ weight: 50 }, { weight: 20 }] } },
    });
    const git = (...args: string[]) => execa("git", args, { cwd: program.folder });
    await git("init", "--quiet");
    await git("config", "user.name", "Bob");
    await git("config", "user.email", "bob@shop.example");
    await program.init();
    for (const name of ["prod", "frozen", "odd"]) {
      await program.pulumi("stack", "init", name, "--no-select");
    }
  });
  const textOf = (name: string): string =>
    readFileSync(join(program.folder, `Pulumi.${name}.yaml`), "utf8");
  const stackFiles = (): string[] => ["uat", "prod", "frozen", "odd"].map(textOf);
  after(() => {
    program.remove();
  });

  for (const { args, told } of cases) {
    it(`slipway ${args.join(" ")}`, async () => {
      const before = stackFiles();
      const { exitCode, stderr, stdout } = await slipwayHere(program, ...args);
      assert.deepEqual([exitCode, ...linesOf(stderr), stdout], [2, ...told, ""]);
      assert.deepEqual(stackFiles(), before);
    });
  }

  it("while another run holds the stack, with how to clear a killed run's lock", async () => {
    const locks = join(program.folder, ".state/.pulumi/locks/organization/slipway/odd");
    mkdirSync(locks, { recursive: true });
    const holder = { pid: 7, username: "ann", hostname: "elsewhere", timestamp: at };
    writeFileSync(join(locks, "4e7a2a5c.json"), JSON.stringify(holder));
    const text = textOf("odd");
    program.edit("Pulumi.odd.yaml", (yaml) => yaml.replace("weight: 20", "weight: 80"));
    const args = ["release", "Fresh", "--digest", good, "--stack", "odd", "--yes"];
    const { exitCode, stderr } = await slipwayHere(program, ...args, "--wait", "1");
    assert.equal(exitCode, 2, stderr);
    assert.match(
      stderr,
      /stack odd is locked by ann on elsewhere, process 7, since 2026-11-20T09:00:00Z/,
    );
    assert.match(stderr, /pulumi cancel --stack odd/);
    assert.equal(textOf("odd"), text.replace("weight: 20", "weight: 80"));
  });
});
