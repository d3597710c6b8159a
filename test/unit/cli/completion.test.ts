import assert from "node:assert/strict";
import { Command } from "commander";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addCompletion } from "../../../src/cli/commands/completion";

describe("shell completion", () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-completion-"));
  let program = new Command();
  const printed: string[] = [];
  const { log } = console;

  before(() => {
    mkdirSync(join(folder, "projects"));
    for (const name of ["Web", "Web.Api", "Shop"]) {
      writeFileSync(join(folder, "projects", `${name}.yaml`), "");
    }
    for (const name of ["test", "prod"]) writeFileSync(join(folder, `Pulumi.${name}.yaml`), "");
    program = new Command("slipway");
    program.command("release <project...>").description("r").option("-s, --stack <stack>", "which");
    program.command("rollback <project>").description("r").option("--to <version>", "which");
    addCompletion(program, folder);
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });
  afterEach(() => {
    console.log = log;
  });

  const complete = async (...words: string[]): Promise<string[]> => {
    printed.length = 0;
    console.log = (line: string) => printed.push(line);
    await program.parseAsync(["node", "slipway", "complete", "--", ...words]);
    console.log = log;
    return printed
      .join("\n")
      .split("\n")
      .filter((line) => !/^:\d+$/.test(line) && line !== "")
      .map((line) => line.replace(/\t.*/, ""));
  };

  const cases: [words: string[], offered: string[]][] = [
    [["re"], ["release"]],
    [
      ["release", "W"],
      ["Web", "Web.Api"],
    ],
    [["release", "Web", "S"], ["Shop"]],
    [
      ["release", "Web", "--stack", ""],
      ["prod", "test"],
    ],
    [["release", "Web", "--stack", "t"], ["test"]],
    [["rollback", "Web", "--to", ""], []],
  ];
  for (const [words, offered] of cases) {
    it(`slipway ${words.join(" ")}⇥ offers ${offered.join(", ") || "nothing"}`, async () => {
      assert.deepEqual(await complete(...words), offered);
    });
  }
});
