import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../components/shared/system/checkout";

const read = (path: string): string => readFileSync(join(checkout, path), "utf8");
const tracked = (pattern: string): string[] =>
  execFileSync("git", ["ls-files", "-co", "--exclude-standard", pattern], {
    cwd: checkout,
    encoding: "utf8",
  })
    .split("\n")
    .filter((path) => path !== "");

describe("the repository", () => {
  it("type-checks every TypeScript file", () => {
    const { include } = JSON.parse(read("tsconfig.json")) as { include: string[] };
    const outside = tracked("*.ts").filter(
      (path) => !include.some((folder) => path.startsWith(`${folder}/`)),
    );
    assert.deepEqual(outside, []);
  });

  it("pins every dependency to one version", () => {
    const manifest = JSON.parse(read("package.json")) as Record<string, Record<string, string>>;
    const all = { ...manifest["dependencies"], ...manifest["devDependencies"] };
    const loose = Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
    assert.deepEqual(loose, []);
  });

  it("has no shell that nothing runs", () => {
    const sources = tracked("*.ts").filter((path) => !path.startsWith("test/"));
    const text = sources.map(read).join("\n");
    const unused = tracked("*.sh").filter(
      (path) => /^(components|src)\//.test(path) && !text.includes(`script("${path}"`),
    );
    assert.deepEqual(unused, []);
  });

  it("does not set the registry of packages", () => {
    assert.doesNotMatch(read("package-lock.json"), /"resolved"/);
  });

  it("shows in the README only npm scripts that exist", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = [...read("README.md").matchAll(/npm (?:run )?([\w-]+)/g)].map(([, name]) => name);
    const missing = named.filter((name) => name !== undefined && !(name in scripts));
    assert.deepEqual(missing, []);
  });

  it("lists every top folder in the README's map", () => {
    const folders = new Set(
      tracked("*").flatMap((path) => (path.includes("/") ? [path.split("/")[0] ?? ""] : [])),
    );
    const map = read("README.md");
    const missing = [...folders].filter(
      (folder) => !folder.startsWith(".") && folder !== "bin" && !map.includes(`\`${folder}/\``),
    );
    assert.deepEqual(missing, []);
  });
});
