import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../../components/shared/problem";
import { readStack } from "../../../src/rollout/project";
import { StackFile } from "../../../src/records/stack-file";
import { readStackFile } from "../../../src/stack/stack-file";
import { secondDocument } from "../../../components/shared/config/yaml";
import { checkout as ours } from "../../../components/shared/system/checkout";

/** The engine's rewrite of YAML values, which differs from the file. */
const cases: [written: string, engine: unknown, value: string][] = [
  ["1.10", 1.1, "1.10"],
  ["0123", 83, "0123"],
  ["12345678901234567890", 12345678901234567000, "12345678901234567890"],
  ["2026-01-02", "2026-01-02T00:00:00Z", "2026-01-02"],
  ["1_000", 1000, "1_000"],
  ["yes", "yes", "yes"],
  ["*other", 7, "007"],
];

describe("a variable in a stack's file", () => {
  let checkout: string;
  beforeEach(() => {
    checkout = mkdtempSync(join(tmpdir(), "slipway-written-"));
  });
  afterEach(() => {
    rmSync(checkout, { recursive: true });
  });

  const write = (value: string): void => {
    const text = `config:\n  slipway:defaults:\n    env: { O: &other 007, V: ${value} }\n`;
    writeFileSync(join(checkout, "Pulumi.uat.yaml"), text);
  };
  const engineWith = (value: unknown) => ({
    values: { "slipway:defaults": JSON.stringify({ env: { V: value } }) },
    isSecret: () => false,
  });

  for (const [written, engine, value] of cases) {
    it(`is what is written, whatever the engine reads: ${written}`, () => {
      write(written);
      const { config } = readStackFile(checkout, "uat", engineWith(engine));
      assert.deepEqual(config.defaults?.env, { V: value });
    });
  }

  for (const [written, engine, warned] of [
    [
      "1.10",
      1.1,
      /^Pulumi\.uat\.yaml:3 → slipway:defaults\.env\.V: 1\.10 .* makes 1\.1 of it; in quotes it stays: "1\.10"$/,
    ],
    ["2026-01-02", "2026-01-02 00:00:00 +0000 UTC", /makes 2026-01-02 00:00:00/],
    ['"1.10"', "1.10", undefined],
    ["8080", 8080, undefined],
    ["yes", "yes", undefined],
    ["true", true, undefined],
  ] as const) {
    it(`${warned === undefined ? "is left to the engine" : "is warned of, for the engine would write it otherwise"}: ${written}`, () => {
      write(written);
      const { warnings } = readStackFile(checkout, "uat", engineWith(engine));
      if (warned === undefined) assert.deepEqual(warnings, []);
      else assert.match(warnings.join("\n"), warned);
    });
  }

  it("is refused as a number where no file says how it is written", () => {
    const { problems } = readStackFile(checkout, "uat", engineWith(1.1));
    const told = problems.filter(({ path }) => path === "slipway:defaults.env.V");
    assert.deepEqual(
      told.map(({ given }) => given),
      [1.1],
    );
    assert.match(told.map(({ allowed }) => allowed).join(), /exactly as it is written/);
  });

  it("is the same to a command", () => {
    const shipped = readFileSync(join(ours, "Pulumi.uat.yaml"), "utf8");
    const env = "  slipway:defaults:\n    env: &env { V: 1.10, W: 0123 }\n";
    writeFileSync(
      join(checkout, "Pulumi.uat.yaml"),
      shipped.replace("config:\n", `config:\n${env}`),
    );
    const { config } = readStack(new StackFile(checkout, "uat"));
    assert.deepEqual(config.defaults.env, { V: "1.10", W: "0123" });
  });

  it("may come by a merge key, to a command as to the engine", () => {
    const shipped = readFileSync(join(ours, "Pulumi.uat.yaml"), "utf8");
    const merged =
      "  slipway:defaults:\n    resources: { limits: &l { cpu: 500m }, requests: { <<: *l } }\n";
    writeFileSync(
      join(checkout, "Pulumi.uat.yaml"),
      shipped.replace("config:\n", `config:\n${merged}`),
    );
    const { config } = readStack(new StackFile(checkout, "uat"));
    assert.deepEqual(config.defaults.resources?.requests, { cpu: "500m" });
  });
});

describe("a stack's file, as a command reads it", () => {
  let checkout: string;
  beforeEach(() => {
    checkout = mkdtempSync(join(tmpdir(), "slipway-document-"));
  });
  afterEach(() => {
    rmSync(checkout, { recursive: true });
  });

  for (const [what, text, line] of [
    ["one document", "# of uat\n---\nconfig: {}\n", undefined],
    ["one document with a byte order mark", "\uFEFF---\nconfig: {}\n", undefined],
    ["a text that has the marker in it", "config:\n  a: |\n    ---\n    b\n", undefined],
    ["a second one", "config: {}\n---\nconfig: {}\n", 2],
    ["a second one after an empty one", "---\r\n---\r\nconfig: {}\r\n", 2],
    ["an end that nothing follows", "config: {}\n--- # done\n", 2],
  ] as const)
    it(`has its second document on the line where it begins: ${what}`, () => {
      assert.equal(secondDocument(text), line);
    });

  const refusal = (text: string, read: (file: StackFile) => unknown): string => {
    writeFileSync(join(checkout, "Pulumi.uat.yaml"), text);
    try {
      read(new StackFile(checkout, "uat"));
      return "";
    } catch (error) {
      return error instanceof UserError ? `${error.exitCode}: ${error.message}` : String(error);
    }
  };

  for (const [what, read] of [
    ["its settings", readStack],
    ["what is below its key", (file: StackFile) => file.config()],
    ["a change", (file: StackFile) => file.change("Web", () => undefined)],
  ] as const)
    it(`is refused with a second document, by its line, which the engine would not read: ${what}`, () => {
      const said = refusal("config: {}\n---\nconfig: {}\n", read);
      assert.match(
        said,
        /^2: [^]*Pulumi\.uat\.yaml:2\n[^]*one YAML document\n[^]*the engine reads/,
      );
    });

  it("is refused with a number that the engine cannot keep, by its line", () => {
    const text =
      "config:\n  slipway:defaults:\n    env:\n      A: .5\n      B: -.inf\n      C: '.inf'\n";
    const said = refusal(text, readStack);
    assert.match(said, /Pulumi\.uat\.yaml:5 → slipway:defaults\.env\.B\n +given: +"-Infinity"/);
    assert.doesNotMatch(said, /env\.[AC]/);
  });
});
