import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { fromFile, program, quote, script } from "../../../../components/shared/shell";

const sh = (text: string): string => execFileSync("sh", ["-c", text], { encoding: "utf8" });
const file = "components/shared/machine/packages.sh";

describe("shell text", () => {
  it("has its parameters before it, as they are", () => {
    for (const value of ["two words", "it's", "$(date) `date` \\n", "a\nb", ""]) {
      const text = script(file, { FROM: "apt", APT_OPTIONS: value });
      assert.equal(sh(`${text}\nprintf %s "$APT_OPTIONS"`), value);
    }
  });

  it("has no parameter that programs would see", () => {
    const text = script(file, { FROM: "apt", APT_OPTIONS: "" });
    assert.doesNotMatch(sh(`${text}\nenv`), /APT_OPTIONS|FROM/);
  });

  it("is refused with others than it declares", () => {
    const takes = new RegExp(`^Error: ${file} takes APT_OPTIONS, FROM, not FROM$`);
    assert.throws(() => script(file, { FROM: "apt" }), takes);
    assert.throws(() => script(file, { FROM: "apt", APT_OPTIONS: "", MORE: 1 }), /MORE/);
  });

  it("is run from a file that goes", () => {
    const [path = "", ...rest] = sh(
      fromFile('echo "$0"\ncat', 'echo "it\'s $HOME" | sh "$script"'),
    ).split("\n");
    assert.match(path, /^\/(dev\/shm|tmp)\//);
    assert.equal(rest.join("\n"), `it's ${process.env["HOME"] ?? ""}\n`);
    assert.equal(sh(`[ -e ${quote(path)} ] || echo gone`), "gone\n");
  });

  it("is a command of its own", () => {
    assert.match(program("true"), /^#!\/bin\/sh\n[^]*\ntrue\n$/);
  });
});
