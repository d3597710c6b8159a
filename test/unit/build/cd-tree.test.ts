import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { filesBelow } from "../../../src/build/config-repository";
import { parseHosts } from "../../../src/build/etc-hosts";
import { readSource, type SourceArgs } from "../../../src/build/sources";
import { Repository } from "../../support/git";

const roots = { code: "examples", config: "examples/config" };

/** Parts of a CD tree by their paths in the config repository. */
const tree: Record<string, string> = {
  "test.gyyx.cn/dockerfile":
    "FROM template/tomcat\nCOPY ROOT.war /webapps/\nCOPY config /data/conf\n",
  "test.gyyx.cn/config/hello.conf": "greeting=hello\n",
  "test.gyyx.cn/config/interface/trace.conf": "level=info\n",
  "test.gyyx.cn/hosts": "10.1.2.3 db.gyyx.cn\n",
  "test.gyyx.cn/service.yaml": "kind: Service\n",
};
const domain: SourceArgs = { project: "test.gyyx.cn", kind: "back" };

describe("a CD tree", function () {
  this.timeout(60_000);
  let copy: string;
  let config: Repository;
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), "slipway-"));
    config = new Repository(join(copy, "examples/config"));
    config.commit(tree);
    mkdirSync(join(copy, "examples/test.gyyx.cn"));
    writeFileSync(join(copy, "examples/test.gyyx.cn/ROOT.war"), "war");
  });
  afterEach(() => {
    rmSync(copy, { recursive: true });
  });

  const read = (change: Partial<SourceArgs> = {}, commit?: string) => {
    const found = readSource(
      copy,
      { ...roots, ...(commit && { commit }) },
      { ...domain, ...change },
    );
    assert.deepEqual(found.problems, []);
    assert.ok(found.source !== undefined);
    return found;
  };
  const built = (context: string) =>
    filesBelow(join(copy, context)).map((path) => path.replace("interface/", "…/"));

  it("is built together with what is delivered beside it, with its dockerfile unchanged", () => {
    const { source } = read();
    assert.equal(source.dockerfile, tree["test.gyyx.cn/dockerfile"]);
    assert.deepEqual(built(source.context), [
      ...["ROOT.war", "config/hello.conf", "config/…/trace.conf"],
      ...["dockerfile", "hosts", "service.yaml"],
    ]);
  });

  it("brings configuration for /data/conf, and host aliases", () => {
    const { config: own } = read();
    assert.deepEqual(Object.keys(own.files), ["hello.conf", "interface/trace.conf"]);
    assert.deepEqual([own.path, own.hostAliases], ["/data/conf", { "10.1.2.3": ["db.gyyx.cn"] }]);
  });

  it("is read at a commit", () => {
    const pinned = config.git("rev-parse", "HEAD");
    const before = read({}, pinned);
    config.commit({ "test.gyyx.cn/config/hello.conf": "x", "test.gyyx.cn/hosts": "10.9.9.9 db" });
    assert.deepEqual(read({}, pinned), before);
    assert.notEqual(read().config.hash, before.config.hash);
  });

  it("may be a repository by itself, read at its own commit", () => {
    const own = new Repository(join(copy, "examples/config/test.gyyx.cn"));
    const pinned = own.commit();
    const before = read({}, pinned);
    own.commit({ "config/hello.conf": "x" });
    assert.deepEqual(read({}, pinned), before);
    assert.notEqual(read().config.hash, before.config.hash);
    assert.ok(!built(read().source.context).some((path) => path.startsWith(".git")));
  });

  it("whose configuration is mounted is built with an empty one", () => {
    const { source, config: own } = read({ mode: "mount" });
    assert.deepEqual(built(source.context), ["ROOT.war", "dockerfile", "hosts", "service.yaml"]);
    assert.ok(existsSync(join(copy, source.context, "config")));
    assert.equal(own.files["hello.conf"]?.toString(), "greeting=hello\n");
  });

  it("of a name that is spelt otherwise is named", () => {
    config.git("mv", "test.gyyx.cn", "test.gyxx.cn");
    const { problems } = readSource(copy, roots, domain);
    assert.equal(problems.at(-1)?.fix, "there is `test.gyxx.cn`: rename it");
  });

  it("that hides what is delivered, or is hidden by it, is refused", () => {
    writeFileSync(join(copy, "examples/test.gyyx.cn/hosts"), "");
    const [problem] = readSource(copy, roots, domain).problems;
    assert.equal(problem?.given, "examples/test.gyyx.cn/hosts");
  });
});

describe("a hosts file", () => {
  it("becomes host aliases, without the machine's own entries", () => {
    const text = [
      "127.0.0.1 localhost localhost.localdomain",
      "::1 localhost ip6-localhost",
      "ff02::1 ip6-allnodes",
      "",
      "# data centre",
      "10.1.2.3\tdb.gyyx.cn db  # master",
      "10.1.2.4 cache.gyyx.cn\r",
      "10.1.2.3 db.gyyx.cn reports.gyyx.cn",
      "127.0.0.1 agent.gyyx.cn",
    ].join("\n");
    assert.deepEqual(parseHosts(text, "hosts"), {
      hostAliases: {
        "10.1.2.3": ["db.gyyx.cn", "db", "reports.gyyx.cn"],
        "10.1.2.4": ["cache.gyyx.cn"],
        "127.0.0.1": ["agent.gyyx.cn"],
      },
      problems: [],
    });
  });

  const wrong: [line: string, said: RegExp][] = [
    ["10.1.2 db", /an IP address and the host names/],
    ["10.1.2.3", /an IP address and the host names/],
    ["db 10.1.2.3", /an IP address and the host names/],
    ["10.1.2.3 DB_1.gyyx.cn ok", /not valid: DB_1\.gyyx\.cn/],
  ];
  for (const [line, said] of wrong) {
    it(`with ${line} is refused, with its line`, () => {
      const { problems } = parseHosts(`# first\n${line}\n`, "tree/hosts");
      assert.deepEqual(
        problems.map(({ given }) => given),
        [`tree/hosts:2: ${line}`],
      );
      assert.match(problems[0]?.allowed ?? "", said);
    });
  }
});
