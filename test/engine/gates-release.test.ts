import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseDocument } from "yaml";
import type { ReleaseRecord } from "../../src/records/record";
import { project, ReleaseStack } from "../support/release-stack";
import { walk } from "../support/suites";

/** The path of one version through two stacks, by commands; each test continues where the previous one ended. */
walk("verify, promote, reject, lift", function () {
  this.timeout(900_000);
  const lab = new ReleaseStack("guarded");
  const { program } = lab;
  const author = "Ann <ann@shop.example>";
  let digest = "";

  /** Changes the file of a stack. */
  const edit = (stack: string, change: (document: ReturnType<typeof parseDocument>) => void) => {
    const path = join(program.folder, `Pulumi.${stack}.yaml`);
    const document = parseDocument(readFileSync(path, "utf8"));
    change(document);
    writeFileSync(path, document.toString());
  };
  const recordIn = (stack: string): ReleaseRecord | undefined => {
    const text = readFileSync(join(program.folder, `Pulumi.${stack}.yaml`), "utf8");
    const { config } = parse(text) as { config: Record<string, unknown> };
    return (config["slipway:releases"] as Record<string, ReleaseRecord> | undefined)?.[project];
  };
  const promote = (...more: string[]) =>
    program.slipway("promote", project, "--from", "test", "--to", "next", "--yes", ...more);

  /** Writes the project's file. */
  const settings = (port = 8086): void => {
    writeFileSync(
      join(program.folder, "projects", `${project}.yaml`),
      `name: ${project}\nkind: back\nport: ${port}\nreplicas: 1\nexpose: none\nprobes: {check: /healthz}\ncheck: {path: /healthz}\n`,
    );
  };

  before(async () => {
    settings();
    const text = readFileSync(join(program.folder, "Pulumi.test.yaml"), "utf8");
    writeFileSync(join(program.folder, "Pulumi.next.yaml"), text);
    edit("next", (document) => {
      // The class of the sandbox's own controller exists once for all stacks.
      const ingress = { controller: "external", namespace: "edge", domain: "next.localhost" };
      document.setIn(["config", "slipway:ingress"], document.createNode(ingress));
      document.setIn(["config", "slipway:promotion"], document.createNode({ from: "test" }));
    });
    await program.init();
    await program.pulumi("stack", "init", "next", "--no-select");
    digest = await lab.version(project, "v1");
    // The other project has no record in either stack and would be built.
    edit("test", (document) => document.deleteIn(["config", "slipway:branches"]));
    const bystander = await lab.version("SJZY.Package.Task.Api", "v1");
    for (const stack of ["test", "next"]) {
      edit(stack, (document) => {
        const record = { digest: bystander, removed: true };
        document.setIn(
          ["config", "slipway:releases"],
          document.createNode({ "SJZY.Package.Task.Api": record }),
        );
      });
    }
  });
  after(async () => {
    await program.pulumi("destroy", "--yes", "--skip-preview", "--stack", "next");
    await lab.remove();
  });

  it("asks the check of what serves, and writes the proof down", async () => {
    await lab.must("release", project, "--digest", digest, "--yes");
    assert.equal((await promote()).exitCode, 2, "it is not verified yet");
    await lab.must("verify", project, "--yes");
    assert.match(recordIn("test")?.verified?.how ?? "", /passed/);
  });

  it("checks the running version, whatever the project's file says now", async () => {
    settings(9999);
    await lab.must("verify", project, "--yes");
    settings();
  });

  it("has archived what it released, without being asked", () => {
    assert.ok(existsSync(join(program.folder, `archive/${project}/test.yaml`)));
  });

  it("reports everything that the next stack still requires, and leaves it empty", async () => {
    const { exitCode, stderr } = await promote();
    assert.equal(exitCode, 2);
    assert.match(stderr, /Nothing was promoted: 1 problem[^]*vX\.Y\.Z\[-hotfixN\]/);
    assert.equal(recordIn("next"), undefined);
  });

  it("does not let the author approve", async () => {
    edit("test", (document) => {
      const path = ["config", "slipway:releases", project];
      for (const [key, value] of Object.entries({ tag: "v1.0.0", commit: "3fdd00fabc", author })) {
        document.setIn([...path, key], value);
      }
    });
    const { exitCode, stderr } = await promote("--approve-as", "ANN@shop.example");
    assert.equal(exitCode, 2);
    assert.match(stderr, /allowed: somebody other than its author/);
  });

  it("releases the same image in the next stack, with its proof", async () => {
    const { exitCode, all } = await promote("--approve-as", "bob@shop.example");
    assert.equal(exitCode, 0, all);
    const record = recordIn("next");
    assert.equal(record?.digest, digest);
    assert.deepEqual(record.promoted?.verified, recordIn("test")?.verified);
    assert.equal(record.approved?.by, "bob@shop.example");
  });

  it("keeps a rejected version out of both, but keeps the running one", async () => {
    await lab.must(
      "reject",
      project,
      digest.slice("sha256:".length, 20),
      "--why",
      "it leaks",
      "--yes",
    );
    const { exitCode, all } = await program.pulumi(
      "up",
      "--yes",
      "--skip-preview",
      "--stack",
      "next",
    );
    assert.equal(exitCode, 0, all);
    assert.match(all, /runs a version that would be refused now; it stays unchanged/);
    const file = join(program.folder, "Pulumi.next.yaml");
    const before = readFileSync(file, "utf8");
    edit("next", (document) => document.deleteIn(["config", "slipway:releases", project]));
    assert.equal((await promote("--approve-as", "bob@shop.example")).exitCode, 2);
    writeFileSync(file, before);
  });

  it("allows it again once it is lifted, and keeps both reasons", async () => {
    await lab.must("lift", project, digest, "--why", "it was the database", "--yes");
    const record = recordIn("test");
    assert.deepEqual([record?.rejected, record?.lifted?.[0]?.why], [[], "it was the database"]);
    assert.equal((await promote("--approve-as", "bob@shop.example")).exitCode, 0);
  });
});
