import assert from "node:assert/strict";
import fc from "fast-check";
import {
  besideName,
  configFiles,
  engineNameBeside,
  environmentFile,
  hostName,
  imageRepository,
  jenkinsJob,
  kubernetesName,
  labelValue,
  logDomain,
  logIndex,
  namespaceName,
  nodePortPair,
  nodePortPairs,
  reservedNames,
  sharedIngressName,
} from "../../../components/shared/names";

/** The seven projects of seeds/000, with the names that the documents show for each. */
const seeds = [
  ["front", "Packet_BSI_PC_UI", "packet-bsi-pc-ui", "front/packet_bsi_pc_ui"],
  ["front", "Packet_Label", "packet-label", "front/packet_label"],
  ["front", "Packet_OutCustome_PC_UI", "packet-outcustome-pc-ui", "front/packet_outcustome_pc_ui"],
  ["front", "Packet_Shopman_Web_UI", "packet-shopman-web-ui", "front/packet_shopman_web_ui"],
  ["back", "SJZY.Package.Api", "sjzy-package-api", "back/sjzy.package.api"],
  ["back", "SJZY.Package.Output.Api", "sjzy-package-output-api", "back/sjzy.package.output.api"],
  ["back", "SJZY.Package.Task.Api", "sjzy-package-task-api", "back/sjzy.package.task.api"],
] as const;

describe("names of the seven projects", () => {
  for (const [kind, project, name, repository] of seeds) {
    it(project, () => {
      assert.equal(kubernetesName(project), name);
      assert.equal(imageRepository(kind, project), repository);
      assert.equal(jenkinsJob(project), project);
      assert.equal(hostName(project, "localhost"), `${name}.localhost`);
      assert.equal(logDomain(project), name);
      assert.equal(logIndex(project, "UAT"), `logs-${name}-uat`);
    });
  }
});

describe("names of single things", () => {
  const cases: [what: string, actual: unknown, expected: unknown][] = [
    ["a domain", kubernetesName("test.gyyx.cn"), "test-gyyx-cn"],
    ["separators in a row", kubernetesName("A__b..C"), "a-b-c"],
    ["separators at the end", kubernetesName("Shop-."), "shop"],
    ["a digit first", kubernetesName("2048.Web"), "p-2048-web"],
    [
      "a repository with separators that none may have",
      imageRepository("back", "A..b._C_"),
      "back/a-b-c",
    ],
    ["a repository with two underscores", imageRepository("back", "a__b"), "back/a__b"],
    ["a namespace", namespaceName("sjzy", "test"), "sjzy-test"],
    ["the shared Ingress", sharedIngressName("sjzy"), "sjzy-front-ingress"],
    ["settings by environment", environmentFile("test", "index"), "appConfig/test/index.yml"],
    ["a label value", labelValue("Packet_Label"), "Packet_Label"],
    ["a label value with what none may have", labelValue("_a b/c."), "a-b-c"],
    [
      "config of a front end",
      configFiles("front", "Packet_Label"),
      { dockerfile: "front/dockerfile", settings: "front/Packet_Label.proxy.conf" },
    ],
    [
      "config of a back end",
      configFiles("back", "SJZY.Package.Api"),
      {
        dockerfile: "back/Dockerfile.SJZY.Package.Api",
        settings: "back/appsettings.json.SJZY.Package.Api",
      },
    ],
  ];
  for (const [what, actual, expected] of cases) {
    it(what, () => {
      assert.deepEqual(actual, expected);
    });
  }

  it("the shared Ingress is nobody's project", () => {
    assert.ok(reservedNames("sjzy").includes("sjzy-front-ingress"));
  });
});

describe("every name that Gitea allows", () => {
  const letters = ["a", "b", "c", "X", "Y", "Z", "0", "1", "8", "9"];
  const project = fc
    .tuple(
      fc.constantFrom(...letters),
      fc.array(fc.constantFrom(...letters, ".", "_", "-"), { maxLength: 99 }),
    )
    .map(([first, rest]) => [first, ...rest].join(""));

  it("becomes a Service name: a label that begins with a letter, at most 63 long", () => {
    fc.assert(
      fc.property(project, (name) => {
        assert.match(kubernetesName(name), /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/);
      }),
    );
  });

  it("stays itself when it already is one", () => {
    fc.assert(
      fc.property(project, (name) => {
        const once = kubernetesName(name);
        assert.equal(kubernetesName(once), once);
      }),
    );
  });

  it("stays apart from every other that differs in letters and digits, however long", () => {
    fc.assert(
      fc.property(project, project, (a, b) => {
        const bare = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, "");
        fc.pre(bare(a) !== bare(b) && /^[a-z]/i.test(a) && /^[a-z]/i.test(b));
        assert.notEqual(kubernetesName(a), kubernetesName(b));
      }),
    );
  });

  it("has objects beside it that are no other project's, nor of another's", () => {
    const what = fc.constantFrom("b", "next", "canary", "pull", "check", "check-1a2b3c4d");
    // The risk is a name that is a prefix of another: `a` and `a-b`.
    const related = fc
      .tuple(project, fc.constantFrom("", "-b", "-next", ".check", "_pull", "-b-next"))
      .map(([name, more]) => [name, `${name}${more}`] as const);
    fc.assert(
      fc.property(fc.oneof(related, fc.tuple(project, project)), what, what, ([a, b], one, two) => {
        const [nameA, nameB] = [kubernetesName(a), kubernetesName(b)];
        const beside = besideName(nameA, one);
        assert.match(beside, /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/);
        assert.notEqual(beside, nameB);
        assert.equal(beside === besideName(nameB, two), nameA === nameB && one === two);
        // Targets of a limited update: `**::<name>` and `**::<name>--*`.
        const chosen = engineNameBeside(nameB, two).startsWith(`${nameA}--`);
        assert.equal(chosen, nameA === nameB);
        assert.ok(!nameB.startsWith(`${nameA}--`));
      }),
    );
  });

  it("becomes a path that a registry takes", () => {
    fc.assert(
      fc.property(project, (name) => {
        assert.match(imageRepository("back", name), /^back\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*$/);
      }),
    );
  });

  it("becomes a label value", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 200 }), (text) => {
        assert.match(labelValue(text), /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/);
      }),
    );
  });

  it("becomes an index that Elasticsearch takes", () => {
    fc.assert(
      fc.property(project, (name) => {
        assert.match(logIndex(name, "test"), /^[a-z][a-z0-9-]{0,254}$/);
      }),
    );
  });

  it("draws a number of NodePorts in range, by its Kubernetes name alone", () => {
    fc.assert(
      fc.property(project, (name) => {
        const pair = nodePortPair(name);
        assert.ok(Number.isInteger(pair) && pair >= 1 && pair <= nodePortPairs);
        assert.equal(nodePortPair(kubernetesName(name)), pair);
      }),
    );
  });
});

it("two long names that differ at the end only stay two", () => {
  const long = "A".repeat(90);
  assert.notEqual(kubernetesName(`${long}.X`), kubernetesName(`${long}.Y`));
  assert.equal(kubernetesName(`${long}.X`).length, 63);
});
