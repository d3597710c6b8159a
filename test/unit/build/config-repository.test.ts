import assert from "node:assert/strict";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSource, type SourceArgs } from "../../../src/build/sources";
import { Repository } from "../../support/git";
import { checkout } from "../../../components/shared/system/checkout";

const roots = { code: "examples", config: "examples/config" };
const bsi: SourceArgs = { project: "Packet_BSI_PC_UI", kind: "front" };
const label: SourceArgs = { project: "Packet_Label", kind: "front" };
const api: SourceArgs = { project: "SJZY.Package.Api", kind: "back" };
const output: SourceArgs = { project: "SJZY.Package.Output.Api", kind: "back" };

describe("the config repository", function () {
  // Copies the examples each time, and runs git.
  this.timeout(60_000);
  let copy: string;
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), "slipway-"));
    cpSync(join(checkout, "examples"), join(copy, "examples"), { recursive: true });
  });
  afterEach(() => {
    rmSync(copy, { recursive: true });
  });

  const at = (path: string) => join(copy, "examples", path);
  const read = (args: SourceArgs, commit?: string) =>
    readSource(copy, { ...roots, ...(commit === undefined ? {} : { commit }) }, args);

  /** The misspelt name, the `given` of the error, and the file that it suggests. */
  const spelling: [file: string, spelt: string, args: SourceArgs, given: string, meant: string][] =
    [
      [
        "config/front/Packet_BSI_PC_UI.proxy.conf",
        "config/front/Packet_BSL_PC_UI.proxy.conf",
        bsi,
        "examples/config/front/Packet_BSI_PC_UI.proxy.conf",
        "Packet_BSL_PC_UI.proxy.conf",
      ],
      [
        "config/back/appsettings.json.SJZY.Package.Api",
        "config/back/appsettings.json.SJZY.Pakcage.Api",
        api,
        "examples/config/back/appsettings.json.SJZY.Package.Api",
        "appsettings.json.SJZY.Pakcage.Api",
      ],
      [
        "config/back/Dockerfile.SJZY.Package.Api",
        "config/back/dockerfile.SJZY.Package.Api",
        api,
        "examples/config/back/Dockerfile.SJZY.Package.Api",
        "dockerfile.SJZY.Package.Api",
      ],
      [
        "config/front/dockerfile",
        "config/front/Dockerfile",
        label,
        "examples/config/front/dockerfile",
        "Dockerfile",
      ],
      ["config/front/packet", "config/front/paket", label, "FROM front/packet", "paket"],
      [
        "Packet_BSI_PC_UI",
        "Packet_BSL_PC_UI",
        bsi,
        "examples/Packet_BSI_PC_UI",
        "Packet_BSL_PC_UI",
      ],
    ];
  for (const [file, spelt, args, given, meant] of spelling) {
    it(`with ${spelt} for ${args.project}: the problem names it`, () => {
      renameSync(at(file), at(spelt));
      const { problems } = read(args);
      assert.deepEqual(
        problems.map((problem) => problem.given),
        [given],
      );
      assert.match(problems[0]?.fix ?? "", new RegExp(`^there is \`${meant}\`: rename it`));
    });
  }

  it("never names another project's file as the one that was meant", () => {
    rmSync(at("config/back/appsettings.json.SJZY.Package.Output.Api"));
    rmSync(at("config/back/Dockerfile.SJZY.Package.Output.Api"));
    const { problems } = read(output);
    assert.deepEqual(
      problems.map(({ fix = "" }) => fix.replace(/, or.*/, "")),
      ["add it", "add it"],
    );
  });

  it("reports everything that a project lacks at once", () => {
    const { problems } = read({ project: "Shop.Api", kind: "back" });
    assert.deepEqual(
      problems.map(({ given }) => given),
      [
        "examples/config/back/Dockerfile.Shop.Api",
        "examples/config/back/appsettings.json.Shop.Api",
        "examples/Shop.Api",
      ],
    );
  });

  it("refuses a Dockerfile without a FROM", () => {
    writeFileSync(at("config/front/dockerfile"), "COPY . /\n");
    assert.deepEqual(
      read(label).problems.map(({ allowed }) => allowed),
      ["a Dockerfile with a FROM line"],
    );
  });

  describe("at a commit", () => {
    let repository: Repository;
    let pinned: string;
    beforeEach(() => {
      repository = new Repository(at("config"));
      pinned = repository.commit();
    });

    it("gives the same sources when its branch has moved on and its files have changed", () => {
      const before = read(api, pinned);
      repository.commit({ "back/appsettings.json.SJZY.Package.Api": '{"port": 1}\n' });
      repository.write("back/appsettings.json.SJZY.Package.Api", '{"port": 2}\n');
      repository.write("back/Dockerfile.SJZY.Package.Api", "nothing\n");
      assert.deepEqual(read(api, pinned), before);
      assert.equal(read(api).source, undefined, "the work tree is broken");
      const moved = read(api, repository.git("rev-parse", "HEAD"));
      assert.notEqual(moved.source?.hash, before.source?.hash);
      assert.notEqual(moved.config?.hash, before.config?.hash);
    });

    it("names the near match of that commit", () => {
      repository.git(
        "mv",
        "front/Packet_BSI_PC_UI.proxy.conf",
        "front/Packet_BSL_PC_UI.proxy.conf",
      );
      const misspelt = repository.commit();
      const [problem] = read(bsi, misspelt).problems;
      assert.match(problem?.fix ?? "", /there is `Packet_BSL_PC_UI.proxy.conf`/);
      assert.deepEqual(read(bsi, pinned).problems, []);
    });

    it("is not part of the image: another commit of the same files is the same source", () => {
      const code = new Repository(at("SJZY.Package.Api"));
      code.commit();
      const before = read(api);
      code.commit();
      assert.deepEqual(read(api).source, before.source);
      assert.equal(existsSync(join(copy, before.source?.context ?? "", ".git")), false);
    });

    it("that it does not have is reported once", () => {
      const problems = read(api, "0123456789").problems;
      assert.equal(problems.length, 1);
      assert.match(problems[0]?.allowed ?? "", /has no commit 0123456789/);
    });

    it("of the project's code reads that commit", () => {
      const code = new Repository(at("SJZY.Package.Api"));
      const commit = code.commit();
      code.write("server.js", "broken");
      const { source } = read({ ...api, commit });
      assert.match(source?.context ?? "", /^\.slipway\/sources\/[0-9a-f]{40}$/);
      assert.equal(source?.hash, read({ ...api, commit: "develop" }).source?.hash);
      assert.notEqual(source?.hash, read(api).source?.hash);
    });
  });

  it("that is mounted leaves no trace in the image but the file's name", () => {
    const mounted = read({ ...api, mode: "mount" });
    const folder = join(copy, mounted.source?.config ?? "");
    const file = readFileSync(join(folder, "appsettings.json.SJZY.Package.Api"), "utf8");
    assert.equal(file, "");
    assert.equal(mounted.config?.path, "/app/appsettings.json");
    writeFileSync(at("config/back/appsettings.json.SJZY.Package.Api"), "{}");
    const { source, config } = read({ ...api, mode: "mount" });
    assert.equal(source?.hash, mounted.source?.hash);
    assert.notEqual(config?.hash, mounted.config.hash);
  });
});
