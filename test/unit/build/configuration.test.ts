import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configurationOf } from "../../../src/build/configuration";
import type { SourceArgs } from "../../../src/build/sources";
import { Repository } from "../../support/git";

const roots = { code: "code", config: "config" };
const api: SourceArgs = { project: "Shop.Api", kind: "back", mode: "mount" };
const file = "back/appsettings.json.Shop.Api";
const files = { "back/Dockerfile.Shop.Api": "FROM template/node\n", [file]: "one" };

describe("configuration of a released version", function () {
  // Each runs git a dozen times.
  this.timeout(60_000);
  let root: string;
  let config: Repository;
  let first: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "slipway-"));
    config = new Repository(join(root, "config"));
    first = config.commit(files);
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  const of = (version: { config?: string; configHash?: string }, args = api) =>
    configurationOf(root, roots, args, version);
  const text = (version: { config?: string }) => {
    const { files = {} } = of(version).configuration?.mount ?? {};
    return Object.values(files).map(String);
  };
  const hash = (): string | undefined => of({}).configuration?.mount?.hash;

  it("is that of its commit, however far the repository has moved on", () => {
    config.commit({ [file]: "two" });
    config.write(file, "three");
    assert.deepEqual(text({ config: first }), ["one"]);
    assert.deepEqual(text({ config: config.git("rev-parse", "HEAD") }), ["two"]);
    assert.deepEqual(text({}), ["three"]);
  });

  it("that is another than was released is refused", () => {
    const configHash = hash() ?? "";
    assert.deepEqual(of({ configHash }).problems, []);
    config.write(file, "changed since");
    const [problem] = of({ configHash }).problems;
    assert.match(String(problem?.given), /config as in the work tree/);
    assert.match(problem?.allowed ?? "", new RegExp(`released, ${configHash.slice(0, 12)}…`));
    assert.deepEqual(of({ config: first, configHash }).problems, []);
  });

  it("whose commit is gone is refused", () => {
    const [problem] = of({ config: "0123456789" }).problems;
    assert.match(problem?.allowed ?? "", /has no commit 0123456789/);
  });

  const sizes: [what: string, content: string][] = [
    ["too large for one object", "x".repeat(1_000_001)],
    ["empty", ""],
  ];
  for (const [what, content] of sizes) {
    it(`that is ${what} is refused`, () => {
      config.write(file, content);
      const [problem] = of({}).problems;
      assert.equal(problem?.path, "configMode");
      assert.equal(problem.given, `mount, ${content.length} bytes`);
    });
  }

  it("that is in the image is not looked at", () => {
    assert.deepEqual(of({ config: "0123456789" }, { ...api, mode: "bake" }), { problems: [] });
  });

  it("brings a CD tree's hosts, as they were", () => {
    const tree = { project: "test.gyyx.cn", kind: "back" } as const;
    const hosts = "test.gyyx.cn/hosts";
    const commit = config.commit({
      "test.gyyx.cn/dockerfile": "FROM x\n",
      [hosts]: "10.1.2.3 db\n",
    });
    config.commit({ [hosts]: "10.9.9.9 db\n" });
    assert.deepEqual(of({ config: commit }, tree).configuration, {
      hostAliases: { "10.1.2.3": ["db"] },
    });
  });
});
