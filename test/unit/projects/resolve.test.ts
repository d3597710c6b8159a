import assert from "node:assert/strict";
import { nodePortPair } from "../../../components/shared/names";
import { readProjectFile } from "../../../src/projects/project";
import { readVersionSettings, writeVersionSettings } from "../../../src/records/version-settings";
import { readWith, type Differences } from "../../support/checkout";

/** Spec of one project of the small checkout. */
function specOf(name: "web" | "shop-api", differences: Differences) {
  const found = readWith(differences).projects.images.projects.find(
    (project) => project.name === name,
  );
  assert.ok(found !== undefined);
  return found.spec;
}

const web = (more: string) => ({ "projects/Web.yaml": `name: Web\nkind: front\n${more}\n` });
const api = (more: string) => ({
  "projects/Shop.Api.yaml": `name: Shop.Api\nkind: back\nport: 8080\n${more}\n`,
});

describe("the precedence of settings", () => {
  const stack = { defaults: { replicas: 3, env: { LEVEL: "stack", STACK: "yes" } } };
  const project = "replicas: 4\nenv: { LEVEL: project, PROJECT: 1 }";
  const environment = "environments: { uat: { replicas: 5, env: { LEVEL: environment } } }";
  const cases: [who: string, given: Differences, replicas: number, env: Record<string, string>][] =
    [
      ["the platform, when nobody else speaks", {}, 2, {}],
      ["the stack over the platform", { stack }, 3, { LEVEL: "stack", STACK: "yes" }],
      [
        "the project over the stack",
        { stack, files: web(project) },
        4,
        { LEVEL: "project", STACK: "yes", PROJECT: "1" },
      ],
      [
        "its environment over the project",
        { stack, files: web(`${project}\n${environment}`) },
        5,
        { LEVEL: "environment", STACK: "yes", PROJECT: "1" },
      ],
      [
        "another environment has none",
        { stack, files: web(`${project}\nenvironments: { prod: { replicas: 9 } }`) },
        4,
        { LEVEL: "project", STACK: "yes", PROJECT: "1" },
      ],
    ];
  for (const [who, given, replicas, env] of cases) {
    it(who, () => {
      const spec = specOf("web", given);
      assert.equal(spec.replicas, replicas);
      assert.deepEqual(spec.env, env);
    });
  }
});

describe("what a project is, in three lines", () => {
  it("a front end: served on 80, through the shared Ingress, under its own name", () => {
    const { port, expose, ingress, hosts, path, probes } = specOf("web", {});
    assert.deepEqual(
      { port, expose, ingress, hosts, path },
      {
        port: 80,
        expose: "ingress",
        ingress: "shared",
        hosts: ["web.shop.example"],
        path: "/",
      },
    );
    assert.equal(probes.check, "/");
  });

  it("a back end: inside only, on the port it names, asked by TCP", () => {
    const { port, expose, hosts, probes, egress } = specOf("shop-api", {});
    assert.deepEqual(
      { port, expose, hosts, egress },
      { port: 8080, expose: "none", hosts: [], egress: [] },
    );
    assert.equal(probes.check, "tcp");
  });
});

describe("NodePorts", () => {
  const nodePort = (base: number, more = "") =>
    specOf("shop-api", { stack: { nodePorts: { base } }, files: api(`expose: nodePort\n${more}`) })
      .nodePort;

  it("come in pairs: the same number in each environment", () => {
    assert.equal(nodePort(31000), 31000 + nodePortPair("Shop.Api"));
    assert.equal(nodePort(32000), 32000 + nodePortPair("Shop.Api"));
  });

  it("are the number that the project gives", () => {
    assert.equal(nodePort(31000, "nodePort: 7"), 31007);
  });

  it("are not given without a request", () => {
    assert.equal(specOf("shop-api", { stack: { nodePorts: { base: 31000 } } }).nodePort, undefined);
  });
});

describe("what is filled in", () => {
  it("an autoscaler's target, and a volume's access", () => {
    const spec = specOf("shop-api", {
      files: api(
        "autoscale: { max: 5 }\nvolumes: { data: { path: /data, size: 1Gi, access: ReadWriteMany } }",
      ),
    });
    assert.deepEqual(spec.autoscale, { max: 5, cpu: 80 });
    const single = specOf("shop-api", {
      files: api("replicas: 1\nstrategy: recreate\nvolumes: { data: { path: /data, size: 1Gi } }"),
    });
    assert.deepEqual(single.volumes, {
      data: { path: "/data", size: "1Gi", access: "ReadWriteOnce" },
    });
  });

  it("a part of a volume, changed in one environment", () => {
    const spec = specOf("shop-api", {
      files: api(
        "replicas: 1\nstrategy: recreate\nvolumes: { data: { path: /data, size: 1Gi } }\n" +
          "environments: { uat: { volumes: { data: { size: 9Gi } } } }",
      ),
    });
    assert.equal(spec.volumes["data"]?.size, "9Gi");
  });

  const texts: [written: string, value: string][] = [
    ["8", "8"],
    ["true", "true"],
    ["True", "True"],
    ["yes", "yes"],
    ["1.10", "1.10"],
    ["0123", "0123"],
    ["0x1F", "0x1F"],
    ["1e3", "1e3"],
    ["12345678901234567890", "12345678901234567890"],
    ["2026-01-02", "2026-01-02"],
    ["12:30", "12:30"],
    ['"1.10"', "1.10"],
    ["'~'", "~"],
  ];
  for (const [written, value] of texts) {
    it(`a variable as it is written in a project's file: ${written}`, () => {
      assert.deepEqual(specOf("web", { files: web(`env: { V: ${written} }`) }).env, { V: value });
    });
  }

  it("a host name that two projects share, each with a path of its own", () => {
    const files = {
      ...web("hosts: [shop.example]"),
      ...api("expose: ingress\nhosts: [shop.example]\npath: /api"),
    };
    assert.deepEqual(specOf("web", { files }).hosts, specOf("shop-api", { files }).hosts);
  });

  it("a variable that an alias or a merge key brings, as it is written there", () => {
    const files = web(
      "environments: { uat: { env: &common { A: 1.10, B: &b 007 } }, prod: { env: { <<: *common, C: *b } } }",
    );
    assert.deepEqual(specOf("web", { files }).env, { A: "1.10", B: "007" });
  });
});

describe("settings that a record keeps", () => {
  const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
  const kept =
    '{"port":8080,"env":{"LEVEL":"kept"},"check":{"path":"/","status":200,"timeout":30}}';
  const files = web("port: 9090\nreplicas: 4\nenv: { LEVEL: filed, MORE: yes }");
  const stack = (record: object) => ({
    defaults: { env: { STACK: "yes" } },
    check: { image: `busybox@${digest("c")}` },
    releases: { Web: { digest: digest("a"), settings: kept, ...record } },
  });
  const next = { digest: digest("b"), strategy: "blueGreen", step: "beside" };
  const projectOf = (record: object) => {
    const found = readWith({ stack: stack(record), files });
    const project = found.projects.images.projects.find(({ name }) => name === "web");
    return { project: project ?? assert.fail(), warnings: found.warnings };
  };
  const filed = {
    port: 9090,
    env: { STACK: "yes", LEVEL: "filed", MORE: "yes" },
    check: undefined,
  };
  const asKept = {
    port: 8080,
    env: { LEVEL: "kept" },
    check: { kind: "http", path: "/", status: 200, timeout: 30 },
  };

  for (const [when, record, spec, live] of [
    ["in peace count for nothing: the files do", {}, filed, undefined],
    ["are those of a version that was gone back to", { pinned: true }, asKept, undefined],
    ["are those of what serves, during a release", { next }, filed, asKept],
    [
      "are those of what comes, where it has any",
      { next: { ...next, settings: kept } },
      asKept,
      asKept,
    ],
  ] as const) {
    it(when, () => {
      const { project } = projectOf(record);
      const of = ({ port, env, check }: typeof project.spec) => ({ port, env, check });
      assert.deepEqual(of(project.spec), spec);
      assert.deepEqual(project.live && of(project.live.spec), live);
      // Settings that belong to the project and not to its version.
      assert.equal(project.spec.replicas, 4);
    });
  }

  const asked = '{"port":8080,"probes":{"host":"old.example"}}';
  for (const [what, more, record, host, filed] of [
    [
      "stays as it was when other hosts are led to it",
      "hosts: [new.example, old.example]",
      { settings: asked },
      "old.example",
      "new.example",
    ],
    [
      "is its first host where nobody knows how it was asked",
      "hosts: [new.example]",
      {},
      "new.example",
      "new.example",
    ],
    [
      "is the one of a project's host where it names none",
      "",
      {},
      "web.shop.example",
      "web.shop.example",
    ],
    [
      "is what its file says",
      "hosts: [new.example]\nprobes: { host: x.example }",
      { settings: asked },
      "x.example",
      "x.example",
    ],
    ["is nobody's where nothing is led to it", "expose: none", {}, undefined, undefined],
    [
      "stays as it was when nothing is led to it any more",
      "expose: none",
      { settings: asked },
      "old.example",
      undefined,
    ],
    [
      "stays as it was while another comes",
      "hosts: [new.example]",
      {
        settings: asked,
        next: { ...next, settings: '{"port":8080,"probes":{"host":"new.example"}}' },
      },
      "new.example",
      "new.example",
      "old.example",
    ],
  ] as [string, string, object, string | undefined, string | undefined, string?][])
    it(`has a probe host name, which ${what}`, () => {
      const found = readWith({ stack: stack(record), files: web(`port: 8080\n${more}`) });
      const project =
        found.projects.images.projects.find(({ name }) => name === "web") ?? assert.fail();
      const hostOf = (settings: string): string | undefined =>
        readVersionSettings(settings).probes?.host;
      assert.equal(project.spec.probes.host, host);
      assert.equal(hostOf(project.settings), host);
      assert.equal(hostOf(project.filed), filed);
    });

  it("have their volumes, and those that a file names by now: none goes with a way back", () => {
    const volume = { path: "/data", size: "1Gi", access: "ReadWriteMany" };
    const kept = JSON.stringify({ port: 8080, volumes: { old: volume } });
    const found = readWith({
      stack: stack({ settings: kept, pinned: true }),
      files: web(`port: 9090\nvolumes: { new: ${JSON.stringify(volume)} }`),
    });
    const { spec, claims } =
      found.projects.images.projects.find(({ name }) => name === "web") ?? assert.fail();
    assert.deepEqual([Object.keys(spec.volumes), Object.keys(claims)], [["old"], ["new", "old"]]);
  });

  for (const [what, record, filed, size] of [
    ["while another comes that needs more", { next }, "2Gi", "2Gi"],
    ["while another comes that says less", { next }, "512Mi", "1Gi"],
    ["during a rollback, whatever its file says now", { pinned: true }, "2Gi", "1Gi"],
  ] as const)
    it(`have a volume as large as any of its versions has it: ${what}`, () => {
      const volume = (size: string) => ({ data: { path: "/data", size, access: "ReadWriteMany" } });
      const kept = JSON.stringify({ port: 8080, volumes: volume("1Gi") });
      const files = web(`port: 8080\nvolumes: ${JSON.stringify(volume(filed))}`);
      const found = readWith({ stack: stack({ ...record, settings: kept }), files });
      const project = found.projects.images.projects.find(({ name }) => name === "web");
      assert.equal(project?.claims["data"]?.size, size);
    });

  it("are reported if files differ, with how to apply those", () => {
    const { warnings } = projectOf({ pinned: true });
    assert.match(
      warnings.join("\n"),
      /Web keeps .*: port, env, check of its file wait .*release Web/,
    );
    assert.deepEqual(projectOf({}).warnings, []);
  });

  for (const wrong of ["{", '{"port":0}', '{"replicas":2}', '"x"']) {
    it(`are refused where they are none: ${wrong}`, () => {
      assert.throws(() => projectOf({ settings: wrong }), /releases\.Web\.settings/);
    });
  }

  it("that are inconsistent with the rest are refused with their lines", () => {
    const secret = '{"port":8080,"secrets":{"TOKEN":"gone"}}';
    assert.throws(
      () => projectOf({ settings: secret, pinned: true }),
      /Pulumi\.uat\.yaml.*secrets\.TOKEN[^]*kept in the record/,
    );
  });

  it("come back as they were written", () => {
    for (const check of [
      "none",
      "{ path: /healthz, body: ok }",
      "{ query: [{ expr: up, min: 1 }], for: 5 }",
      "{ path: /, query: [{ expr: up }] }",
      "{ job: { command: [/bin/true] }, timeout: 9 }",
    ]) {
      const given = readProjectFile("x", `name: X\nkind: back\nport: 1\ncheck: ${check}\n`).file;
      const once = writeVersionSettings(given ?? assert.fail(check));
      const twice = writeVersionSettings(readVersionSettings(once));
      assert.equal(twice, once);
    }
  });
});
