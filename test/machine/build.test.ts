import * as assert from "node:assert/strict";
import { execa } from "execa";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../components/shared/problem";
import { readContract } from "../../components/cluster/sandbox";
import { layout } from "../../sandbox/layout";
import { folderBackend, sessionEnv } from "../../sandbox/session";
import { buildProject, type Built } from "../../src/build/build";
import { lookUp } from "../../src/build/registry";
import { Build } from "../../src/build/config";
import { templatesOf } from "../../src/projects/images";
import { Repository } from "../support/git";
import { ProgramCopy } from "../../sandbox/program-copy";
import { walk } from "../support/suites";
import { contractPath } from "../../sandbox/contract";
import type { BuildRequest } from "../../src/build/request";

const label = { project: "Packet_Label", kind: "front" } as const;
const conf = "front/Packet_Label.proxy.conf";

walk("builds", function () {
  this.timeout(300_000);
  const sandbox = readContract(contractPath(layout()));
  let copy: ProgramCopy;
  let config: Repository;
  let code: Repository;
  let lines: string[];

  before(() => {
    copy = new ProgramCopy();
    config = new Repository(join(copy.folder, "examples/config"));
    config.commit();
    code = new Repository(join(copy.folder, "examples/Packet_Label"));
    code.commit();
  });
  after(() => {
    copy.remove();
  });

  function build(
    change: Partial<BuildRequest> = {},
    settings: Partial<Build> = {},
  ): Promise<Built> {
    const { builder } = sandbox;
    assert.ok(builder !== undefined, "this sandbox builds nothing");
    lines = [];
    return buildProject({
      checkout: copy.folder,
      stack: "test",
      env: { ...sessionEnv(layout()), PULUMI_BACKEND_URL: folderBackend(`${copy.folder}/.state`) },
      name: "packet-label",
      registry: sandbox.registry,
      repository: "front/packet_label",
      builder: { name: builder.name, templates: templatesOf(sandbox) },
      source: label,
      build: { ...Build.parse({}), ...settings },
      show: (line) => {
        lines.push(line);
      },
      ...change,
    });
  }

  const inRegistry = async (tag: string): Promise<string | undefined> => {
    const answer = await lookUp({ host: sandbox.registry }, "front/packet_label", tag);
    assert.ok(!("unknown" in answer), JSON.stringify(answer));
    return answer.found ? answer.digest : undefined;
  };

  let first: Built;
  it("push the image after its base image, and record its sources", async () => {
    first = await build();
    const { version, unnamed } = first;
    assert.deepEqual(unnamed, []);
    assert.deepEqual(
      [version.commit, version.author, version.config, version.branch],
      [
        code.git("rev-parse", "HEAD"),
        "lijing@shop.example",
        config.git("rev-parse", "HEAD"),
        "develop",
      ],
    );
    assert.match(version.tag ?? "", /^\d{4}(-\d\d){4}$/);
    assert.equal(await inRegistry(version.tag ?? ""), version.digest);
    const made = lines.filter((line) => line.startsWith("create Image"));
    assert.deepEqual(made, ["create Image front-packet", "create Image packet-label"]);
  });

  it("change nothing when nothing has changed", async () => {
    assert.deepEqual(await build(), first);
    assert.deepEqual(lines, [], "something was done again");
  });

  it("give the same digest from another backend and a new checkout", async () => {
    const other = new ProgramCopy();
    try {
      const env = {
        ...sessionEnv(layout()),
        PULUMI_BACKEND_URL: folderBackend(`${other.folder}/.state`),
      };
      const { version } = await build({ checkout: other.folder, env });
      assert.equal(version.digest, first.version.digest);
      assert.equal(version.commit, undefined, "a folder without git has no commit");
    } finally {
      other.remove();
    }
  });

  it("give another digest for another configuration, and name no commit for what none has", async () => {
    config.write(conf, "location /api/ { return 503; }\n");
    const { version, unnamed } = await build();
    assert.notEqual(version.digest, first.version.digest);
    assert.notEqual(version.configHash, first.version.configHash);
    assert.equal(version.config, undefined);
    assert.match(unnamed.join(), /^the config repository differs from its commit/);
  });

  it("at a commit are what they were, whatever has become of the branch and the files", async () => {
    config.commit({ [conf]: "location /api/ { return 502; }\n" });
    config.write(conf, "broken {\n");
    code.write("index.html", "changed");
    const { commit, config: pinned, digest, configHash } = first.version;
    assert.ok(commit !== undefined && pinned !== undefined);
    const { version, unnamed } = await build({ source: { ...label, commit } }, { commit: pinned });
    assert.deepEqual(
      [version.digest, version.configHash, version.config, version.commit],
      [digest, configHash, pinned, commit],
    );
    assert.deepEqual(unnamed, []);
  });

  it("name no commit for what git ignores and the image has, unless .dockerignore keeps it out", async () => {
    code.git("checkout", "--quiet", "--", ".");
    config.git("checkout", "--quiet", "--", ".");
    const clean = await build();
    code.commit({ ".gitignore": ".env\n" });
    const ignoring = await build();
    code.write(".env", "PASSWORD=hunter2");
    const { version, unnamed } = await build();
    assert.equal(version.commit, undefined);
    assert.match(unnamed.join(), /^the image has \.env, which git ignores: .*\.dockerignore/);
    assert.notEqual(version.digest, ignoring.version.digest);
    code.commit({ ".dockerignore": ".env\n.gitignore\n.dockerignore\n" });
    const kept = await build();
    assert.deepEqual(kept.unnamed, []);
    assert.notEqual(kept.version.commit, undefined);
    assert.equal(kept.version.digest, clean.version.digest, "the image has what it had before");
  });

  it("are tagged by the stack's settings; only what it allows moves latest", async () => {
    code.git("checkout", "--quiet", "--", ".");
    config.git("checkout", "--quiet", "--", ".");
    const short = code.git("rev-parse", "HEAD").slice(0, 8);
    const { version } = await build({}, { tagFormat: "branch", latest: "main" });
    assert.equal(version.tag, `develop.${short}`);
    assert.equal(await inRegistry(version.tag), version.digest);
    assert.equal(await inRegistry("latest"), undefined);
    await build({}, { tagFormat: "branch", latest: "always" });
    assert.equal(await inRegistry("latest"), version.digest);
  });

  const refused: [what: string, change: () => Parameters<typeof build>, said: RegExp][] = [
    [
      "an unset part of the tag",
      () => [{}, { tagFormat: "build" }],
      /tagFormat → version\n[^]*→ buildId/,
    ],
    ["the tag latest", () => [{ tag: "latest" }], /given: {3}"latest"\n.*does not move/],
    [
      "a commit that is not there",
      () => [{}, { commit: "0123456789" }],
      /has no commit 0123456789/,
    ],
    [
      "a project without its files",
      () => [{ source: { project: "Packet_Lable", kind: "front" } }],
      /there is `Packet_Label`: rename it/,
    ],
    [
      "what the stack's guards object to",
      () => [
        {
          allow: ({ branch, tag }) => {
            throw new UserError(`not from ${branch ?? "nowhere"}, as ${tag ?? "nothing"}`, 2);
          },
        },
      ],
      /^not from develop, as \d{4}-/,
    ],
    [
      "a template that nobody has",
      () => [{ builder: { name: "slipway", templates: { "template/ngnix": "x" } } }],
      /given: {3}"template\/nginx"\n.*\n.*did you mean `template\/ngnix`/,
    ],
  ];
  for (const [what, change, said] of refused) {
    it(`refuse ${what}, before anything is built`, async () => {
      const error = await build(...change()).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof UserError, String(error));
      assert.equal(error.exitCode, 2);
      assert.match(error.message, said);
      assert.deepEqual(lines, []);
    });
  }

  it("that fail report what failed, and leave no trace for the next one", async () => {
    config.write("front/dockerfile", "FROM front/packet\nCOPY absent /\n");
    await assert.rejects(build(), /absent/);
    config.git("checkout", "--quiet", "--", ".");
    const { version } = await build();
    assert.equal(await inRegistry(version.tag ?? ""), version.digest);
  });
});

walk("a CD tree and mounted configuration on real pods", function () {
  this.timeout(600_000);
  const program = new ProgramCopy();

  before(async () => {
    const { folder } = program;
    rmSync(join(folder, "projects"), { recursive: true });
    mkdirSync(join(folder, "projects"));
    writeFileSync(
      join(folder, "projects/test.gyyx.cn.yaml"),
      "name: test.gyyx.cn\nkind: back\nport: 8080\n",
    );
    writeFileSync(
      join(folder, "projects/SJZY.Package.Api.yaml"),
      "name: SJZY.Package.Api\nkind: back\nport: 8086\nconfigMode: secret\n",
    );
    program.edit("Pulumi.test.yaml", (text) => text.replace("system: sjzy", "system: gyyx"));
    await program.init();
    await program.up();
  });
  after(async () => {
    await program.destroy();
    program.remove();
  });

  it("the tree's server finds its configuration, its war and its hosts", async () => {
    const about = JSON.parse(await inPod("test-gyyx-cn", "http://127.0.0.1:8080/about")) as {
      war: string[];
      conf: Record<string, string>;
      hosts: string;
    };
    assert.deepEqual(about.war, ["index.html", "WEB-INF/web.xml"]);
    assert.deepEqual(about.conf, { "hello.conf": "greeting=hello from /data/conf\n" });
    assert.match(about.hosts, /10\.16\.1\.22\s+db\.gyyx\.cn\s+cache\.gyyx\.cn/);
  });

  it("what is mounted is found where it would have been baked in", async () => {
    const about = await inPod("sjzy-package-api", "http://127.0.0.1:8086/");
    assert.equal((JSON.parse(about) as { config: { pageSize: number } }).config.pageSize, 50);
  });

  it("a change of it is another object and new pods, and no new image", async () => {
    const image = (): Promise<string> => jsonpath("{.items[0].spec.containers[0].image}");
    const before = await image();
    program.edit("examples/config/back/appsettings.json.SJZY.Package.Api", (text) =>
      text.replace("50", "60"),
    );
    const steps = (await program.up()).filter(({ op }) => !["same", "read"].includes(op));
    assert.deepEqual(steps.map(({ op, type }) => [op, type.replace(/.*:/, "")]).sort(), [
      ["create", "Secret"],
      ["delete", "Secret"],
      ["update", "Deployment"],
    ]);
    assert.equal(await image(), before);
    const about = await inPod("sjzy-package-api", "http://127.0.0.1:8086/");
    assert.equal((JSON.parse(about) as { config: { pageSize: number } }).config.pageSize, 60);
  });

  const jsonpath = (path: string): Promise<string> =>
    kubectl("get", "pods", "--selector=app=sjzy-package-api", `--output=jsonpath=${path}`);
});

/** The answer of a project's own pod. */
async function inPod(name: string, url: string): Promise<string> {
  const ask = `fetch("${url}").then((r) => r.text()).then((t) => process.stdout.write(t))`;
  return await kubectl("exec", `deployment/${name}`, "--", "/usr/bin/node", "-e", ask);
}

async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await execa("kubectl", ["--namespace=gyyx-test", ...args], {
    env: sessionEnv(layout()),
  });
  return stdout;
}
