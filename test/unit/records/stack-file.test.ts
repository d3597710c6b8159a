import * as fc from "fast-check";
import * as assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { StackFile, withRecord } from "../../../src/records/stack-file";
import type { ReleaseRecord } from "../../../src/records/record";
import { checkout } from "../../../components/shared/system/checkout";

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const at = "2026-11-21T17:02:34Z";

const written = `# The test environment.
config:
  slipway:system:   sjzy # two spaces too many
  slipway:releases:
    # The site.
    Web:
      # Of Monday.
      digest: ${digest("a")}
      tag: v1   # the good one
    Shop.Api: {digest: "${digest("b")}"} # in braces

    Last:
      digest: ${digest("c")}
  # What every project has.
  slipway:defaults: { replicas:   1 }
encryptionsalt: v1:x
`;

describe("records in a stack's file", () => {
  it("changes the lines of one record, and keeps their comments", () => {
    const text = withRecord(written, "Web", {
      digest: digest("d"),
      tag: "1.10",
      slot: "b",
      strategy: { kind: "blueGreen", form: "halves" },
      rejected: [{ digest: digest("e"), why: "no: loses orders", by: "Li Lei", at }],
      next: { digest: digest("f"), strategy: { kind: "rolling" }, step: "prove" },
    });
    assert.equal(
      text,
      written.replace(
        `digest: ${digest("a")}\n      tag: v1   # the good one\n`,
        `digest: ${digest("d")}
      tag: "1.10" # the good one
      slot: b
      strategy: halves
      rejected:
        - digest: ${digest("e")}
          why: "no: loses orders"
          by: Li Lei
          at: "${at}"
      next:
        digest: ${digest("f")}
        strategy: rolling
        step: prove
`,
      ),
    );
  });

  it("rewrites a record in braces as lines, and leaves the others as data", () => {
    const text = withRecord(written, "Shop.Api", { digest: digest("d") });
    assert.match(text, /^ {4}Shop\.Api:.*\n {6}digest: sha256:d+/m);
    for (const comment of ["# The site.", "# Of Monday.", "# the good one", "# two spaces too"]) {
      assert.ok(text.includes(comment), comment);
    }
  });

  it("adds a project behind the last", () => {
    const text = withRecord(written, "New", { digest: digest("d") });
    const last = `    Last:\n      digest: ${digest("c")}\n`;
    const added = `${last}    New:\n      digest: ${digest("d")}\n`;
    assert.equal(text, written.replace(last, added));
  });

  it("takes a project out with its lines", () => {
    const last = `    Last:\n      digest: ${digest("c")}\n`;
    assert.equal(withRecord(written, "Last", undefined), written.replace(last, ""));
    assert.equal(withRecord(written, "Nobody", undefined), written);
  });

  for (const [what, text] of Object.entries({
    "an empty file": "",
    "no config": "# mine\n",
    "an empty config": "config:\n",
    "a config in braces": "config: { a:b: c } # mine\n",
    "no releases": "config:\n  a:b: c # mine\n",
    "empty releases": "config:\n  slipway:releases: {} # mine\n  a:b: c\n",
    "no end of line": "config:\n  a:b: c",
    "lines of Windows":
      "config:\r\n  a:b: c\r\n  slipway:releases:\r\n    A:\r\n      digest: x\r\n",
  })) {
    it(`adds the first record to ${what}, and takes it out again`, () => {
      const first = withRecord(text, "New", { digest: digest("d") });
      const data = parse(first) as { config: Record<string, Record<string, unknown>> };
      assert.deepEqual(data.config["slipway:releases"]?.["New"], { digest: digest("d") });
      if (text.includes("# mine")) assert.match(first, /# mine/);
      if (text.includes("\r\n")) assert.doesNotMatch(first, /[^\r]\n/);
      const last = parse(withRecord(first, "New", undefined)) as typeof data;
      assert.equal(last.config["slipway:releases"]?.["New"], undefined);
    });
  }

  for (const letter of [
    "\u0085",
    "\u2028",
    "\u2029",
    "\u007F",
    "\u009B",
    "\uFEFF",
    "\uFFFE",
    "\uFFFF",
    "\u001B",
  ])
    for (const [what, before] of [
      ["in lines", written],
      ["in braces", "config: { slipway:releases: { Web: { digest: x } } }\n"],
      ["in a file that begins with a byte order mark", `\uFEFF${written}`],
    ] as const)
      it(`writes as what it is what the engine's parser would not take as it is: ${JSON.stringify(letter)} ${what}`, () => {
        const why = `${letter}typo${letter}: x${letter}`;
        const record: ReleaseRecord = {
          digest: digest("d"),
          settings: JSON.stringify({ env: { ODD: `x${letter}y` } }),
          rejected: [{ digest: digest("e"), why, by: "Li Lei", at }],
        };
        const text = withRecord(before, "Web", record);
        assert.ok(!text.slice(1).includes(letter));
        assert.equal(text.startsWith("\uFEFF"), before.startsWith("\uFEFF"));
        const { config } = parse(text) as { config: Record<string, Record<string, ReleaseRecord>> };
        assert.deepEqual(config["slipway:releases"]?.["Web"], record);
        assert.equal(withRecord(text, "Web", record), text);
      });

  it("takes over what an earlier edit has left as it is", () => {
    const before = `config:\n  slipway:releases:\n    Web:\n      digest: ${digest("a")}\n      tag: v\u20281\n`;
    const text = withRecord(before, "Web", { digest: digest("b"), tag: "v\u20281" });
    assert.match(text, /tag: "v\\u20281"/);
  });

  it("refuses to change what two records share", () => {
    const shared = `config:\n  slipway:releases:\n    A: &a\n      digest: ${digest("a")}\n    B: *a\n`;
    assert.throws(() => withRecord(shared, "A", { digest: digest("b") }), /shares text/);
  });

  it("keeps every byte outside the record, whatever the records and the comments are", () => {
    fc.assert(
      fc.property(files, records, fc.nat(), (projects, record, seed) => {
        const names = Object.keys(projects);
        const name = names[seed % names.length] ?? "";
        const text = fileOf(projects);
        const after = withRecord(text, name, record);
        const [before = "", behind = ""] = text.split(block(name, projects[name]));
        assert.ok(after.startsWith(before) && after.endsWith(behind), after);
        assert.equal(withRecord(after, name, record), after);
        const { digest: found } = (
          parse(after) as { config: { "slipway:releases": Record<string, ReleaseRecord> } }
        ).config["slipway:releases"][name] ?? { digest: "" };
        assert.equal(found, record.digest);
      }),
    );
  });
});

const records: fc.Arbitrary<ReleaseRecord> = fc.record(
  {
    digest: fc.constantFrom("a", "b", "c").map(digest),
    tag: fc.constantFrom("v1", "1.10", "2022-08-08", "on", "1e3", "0x1f"),
    replicas: fc.integer({ min: 1, max: 9 }),
    verified: fc.record({
      by: fc.constantFrom("me", "a: b", "# nobody", "'quoted'"),
      at: fc.constant(at),
    }),
  },
  { requiredKeys: ["digest"] },
);
const comments = fc.constantFrom("", "# a comment\n", "\n", "# one\n\n# two\n");
const files = fc.dictionary(
  fc.stringMatching(/^[A-Z][a-z]{1,8}$/),
  fc.record({ letter: fc.constantFrom("a", "b"), comment: comments }),
  { minKeys: 1, maxKeys: 6 },
);
type File = { letter: string; comment: string };

const block = (name: string, { letter, comment }: File = { letter: "", comment: "" }): string =>
  `    ${name}:\n${comment.replace(/^(?=#)/gm, "      ")}      digest: ${digest(letter)}\n`;
const fileOf = (projects: Readonly<Record<string, File>>): string => {
  const blocks = Object.entries(projects).map(([name, file]) => block(name, file));
  return `config:\n  slipway:releases:\n${blocks.join("")}  a:b:  { c:  d }\n`;
};

describe("a stack's file", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-"));
    writeFileSync(join(folder, "Pulumi.test.yaml"), written);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("keeps its mode when it is written, and leaves nothing beside itself", () => {
    const path = join(folder, "Pulumi.test.yaml");
    chmodSync(path, 0o640);
    new StackFile(folder, "test").change("Web", () => ({ digest: digest("d") }));
    assert.equal(statSync(path).mode & 0o777, 0o640);
    assert.deepEqual(readdirSync(folder), ["Pulumi.test.yaml"]);
  });

  it("is put back byte by byte, unless somebody else has written meanwhile", () => {
    const file = new StackFile(folder, "test");
    assert.equal(file.change("Web", () => ({ digest: digest("d") })).undo(), true);
    assert.equal(file.text(), written);
    const { undo } = file.change("Web", () => ({ digest: digest("d") }));
    const { text } = file.change("Last", () => ({ digest: digest("e") }));
    assert.equal(undo(), false);
    assert.equal(file.text(), text);
  });

  it("is not held up for long by a lock that a killed command has left, and takes no other's", () => {
    const lock = join(folder, ".Pulumi.test.yaml.lock");
    const file = new StackFile(folder, "test");
    writeFileSync(lock, "");
    utimesSync(lock, 0, 0);
    file.change("Web", () => {
      // The holder is taken for killed, and somebody else begins.
      rmSync(lock);
      writeFileSync(lock, "another's");
      return { digest: digest("d") };
    });
    assert.equal(readFileSync(lock, "utf8"), "another's");
  });

  it("that does not exist is reported with its name", () => {
    assert.throws(() => new StackFile(folder, "prod").text(), /Pulumi\.prod\.yaml is not there/);
  });

  it("loses no record where two processes write at once", async () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-both-"));
    try {
      writeFileSync(join(folder, "Pulumi.test.yaml"), "config: {}\n");
      const script = (name: string): string => `
        const { StackFile } = require(${JSON.stringify(join(checkout, "src/records/stack-file"))});
        const file = new StackFile(${JSON.stringify(folder)}, "test");
        for (let n = 0; n < 25; n++)
          file.change("${name}." + n, () => ({ digest: "sha256:" + "a".repeat(64) }));`;
      const register = ["-r", "ts-node/register/transpile-only"];
      await Promise.all(
        ["A", "B"].map((name) =>
          execa(process.execPath, [...register, "-e", script(name)], { cwd: checkout }),
        ),
      );
      const text = readFileSync(join(folder, "Pulumi.test.yaml"), "utf8");
      const { config } = parse(text) as { config: Record<string, object> };
      assert.equal(Object.keys(config["slipway:releases"] ?? {}).length, 50);
      assert.deepEqual(readdirSync(folder), ["Pulumi.test.yaml"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
