import assert from "node:assert/strict";
import fc from "fast-check";
import { stagesOf, type Strategy } from "../../../components/app/rollout";
import { strategy, stageAt, stepOf, writeStrategy } from "../../../src/projects/strategy";
import { readWith, refusalOf, type Differences } from "../../support/checkout";

const [digest, other] = [`sha256:${"d".repeat(64)}`, `sha256:${"e".repeat(64)}`];
const probeImage = { check: { image: `harbor:8080/tools/busybox@${digest}` } };

const api = (more: string, stack: Record<string, unknown> = {}): Differences => ({
  files: { "projects/Shop.Api.yaml": `name: Shop.Api\nkind: back\nport: 8080\n${more}\n` },
  stack,
});
const web = (more: string, stack: Record<string, unknown> = {}): Differences => ({
  files: { "projects/Web.yaml": `name: Web\nkind: front\n${more}\n` },
  stack,
});
const record = (more: object, project = "Web"): Differences => ({
  stack: { releases: { [project]: { digest, ...more } } },
});
const next = (more: object) => record({ next: { digest: other, ...more } });
const volume = "replicas: 1\nvolumes: { data: { path: /data, size: 1Gi } }";

/** The input, and lines of its one refusal. */
const refusals: [title: string, given: Differences, lines: string[]][] = [
  [
    "a canary that shrinks",
    web("strategy: { kind: canary, steps: [{ weight: 20 }, { weight: 20 }] }"),
    [
      "projects/Web.yaml:3 → strategy.steps.1.weight",
      "given:   20",
      "allowed: more than the step before, 20: a canary only grows",
    ],
  ],
  [
    "a canary of more than everything",
    web("strategy: { kind: canary, steps: [{ weight: 100 }] }"),
    [
      "projects/Web.yaml:3 → strategy.steps.0.weight",
      "given:   100",
      "allowed: percent of the requests, 0 to 99",
    ],
  ],
  [
    "a canary that nobody reaches",
    web("strategy: { kind: canary, steps: [{ weight: 0 }] }"),
    [
      "given:   0",
      "allowed: 1 to 99 where neither `header` nor `cookie` leads anybody to the new version",
    ],
  ],
  ...["a`b", 'x") || PathPrefix("/', "a|b"].map((value): [string, Differences, string[]] => [
    `a header's value with a rule's own signs: ${value}`,
    api(`strategy: { kind: canary, header: { name: X-Try, value: ${JSON.stringify(value)} } }`),
    [
      "projects/Shop.Api.yaml:4 → strategy.header.value",
      `given:   ${JSON.stringify(value)}`,
      "allowed: the header's value: letters, digits, . _ ~ + / = : , ; @ % - and single blanks inside; `always` when left out",
    ],
  ]),
  [
    "a header where no Ingress could read it",
    api("strategy: { kind: canary, header: { name: X-Try } }"),
    [
      "projects/Shop.Api.yaml:4 → strategy.header",
      "allowed: weights only, since no Ingress leads to this project that could tell requests apart",
      "fix:     remove it, or set `expose: ingress`",
    ],
  ],
  [
    "a setting that a canary does not have",
    web("strategy: { kind: canary, wieght: 10 }"),
    ['given:   "wieght"', "allowed: one of the keys kind, steps, header, cookie"],
  ],
  [
    "an autoscaler over two halves",
    web("strategy: halves\nautoscale: { max: 5 }"),
    ["projects/Web.yaml:3 → strategy", "fix:     use blueGreen, or remove `autoscale`"],
  ],
  [
    "a second set of pods on one volume",
    api(`${volume}\nstrategy: blueGreen`),
    [
      'given:   "blueGreen"',
      "allowed: recreate, since a second pod could not mount the volume `data` beside the first",
    ],
  ],
  [
    "a check that nobody can ask",
    web("check: { path: / }"),
    [
      "projects/Web.yaml:3 → check",
      "allowed: an image to run the check with; this stack names none",
      "fix:     add `slipway:check: {image: …}` to Pulumi.uat.yaml: an image with a static /bin/busybox, by digest",
    ],
  ],
  [
    "a test without an image",
    web("check: { job: { command: [test] } }"),
    ["projects/Web.yaml:3 → check.job.image"],
  ],
  [
    "a pull that nothing waits for",
    web("prepull: true"),
    ["projects/Web.yaml:3 → prepull", "given:   true"],
  ],
  [
    "an image by tag for a test",
    web("check: { job: { image: tester:1, command: [test] } }"),
    [
      "projects/Web.yaml:3 → check.job.image",
      "allowed: the image of the test by digest, repository@sha256:…",
    ],
  ],
  [
    "a check that looks for a tag which the record does not have",
    web("check: { path: /, version: tag }", { ...probeImage, releases: { Web: { digest } } }),
    [
      "Pulumi.uat.yaml:14 → slipway:releases.Web.tag",
      "allowed: the version's tag, which `check.version` of the project looks for",
    ],
  ],
  [
    "the same version again",
    record({ next: { digest, strategy: "blueGreen", step: "beside" } }),
    [
      "Pulumi.uat.yaml:17 → slipway:releases.Web.next.digest",
      "allowed: another version than the one that serves",
    ],
  ],
  [
    "a step that the strategy does not have",
    next({ strategy: "blueGreen", step: "weight 10" }),
    ['given:   "weight 10"', "allowed: a step of blueGreen: pull, drain, beside, switch"],
  ],
  [
    "a weight that the canary does not have",
    next({ strategy: "canary", step: "weight 11" }),
    [
      "allowed: a step of canary: pull, drain, weight 10, weight 50, switch",
      "fix:     did you mean `weight 10`?",
    ],
  ],
  [
    "a step that there is not",
    next({ strategy: "blueGreen", step: "besides" }),
    [
      'given:   "besides"',
      "allowed: a step of a release: pull, prove, beside, drain, upgrade, weight N, switch or follow",
    ],
  ],
  [
    "a version being rolled out to a digest that does not exist",
    { stack: { releases: { Web: { next: { digest, strategy: "rolling", step: "prove" } } } } },
    ["fix:     it is missing: add `slipway:releases.Web.digest`"],
  ],
  [
    "a release of a removed project",
    record({ removed: true, next: { digest: other, strategy: "rolling", step: "prove" } }),
    ["Pulumi.uat.yaml:17 → slipway:releases.Web.next", "fix:     remove one of the two"],
  ],
  [
    "a strategy of the record that the project's volume does not allow",
    {
      ...api(`${volume}\nstrategy: recreate`),
      stack: {
        releases: {
          "Shop.Api": { digest, next: { digest: other, strategy: "blueGreen", step: "beside" } },
        },
      },
    },
    ["Pulumi.uat.yaml:18 → slipway:releases.Shop.Api.next.strategy", 'given:   "blueGreen"'],
  ],
  [
    "more pods in the record than the project's volume allows",
    {
      ...api(`${volume}\nstrategy: recreate`),
      stack: { releases: { "Shop.Api": { digest, replicas: 3 } } },
    },
    ["Pulumi.uat.yaml:16 → slipway:releases.Shop.Api.replicas", "given:   3"],
  ],
  [
    "a quota without room for a second set of pods",
    web("strategy: blueGreen\nreplicas: 5", { quota: { pods: 13 } }),
    ["given:   13", "allowed: at least 14, what its projects need while they are all updated"],
  ],
];

describe("releases that are refused", () => {
  for (const [title, given, lines] of refusals) {
    it(title, () => {
      const told = refusalOf(given);
      assert.match(told[0] ?? "", /nothing was changed: 1 problem$/, told.join("\n"));
      for (const line of lines) assert.ok(told.includes(line), `${line}\n\n${told.join("\n")}`);
    });
  }
});

describe("what a record does to its project", () => {
  const project = (given: Differences, name = "web") =>
    readWith(given).projects.images.projects.find((each) => each.name === name);

  it("sets the number of pods", () => {
    assert.equal(project(record({ replicas: 7 }))?.spec.replicas, 7);
  });

  it("takes it out of the stack, file or no file", () => {
    assert.equal(project(record({ removed: true })), undefined);
    assert.equal(project(record({ removed: true }, "Gone.Long.Ago")), undefined);
    assert.deepEqual(readWith(record({ removed: true })).projects.images.leftOut, ["Shop.Api"]);
  });

  it("sets a version being rolled out, at a stage", () => {
    const { image, next: way } = project(next({ strategy: "canary", step: "weight 50" })) ?? {};
    assert.deepEqual(image, { ref: `harbor:8080/front/web@${digest}` });
    assert.equal(way?.ref, `harbor:8080/front/web@${other}`);
    assert.deepEqual(way.stage, { name: "weight", weight: 50, pause: 0 });
  });
});

describe("a project's settings for releases", () => {
  const spec = (more: string, stack: Record<string, unknown> = probeImage) =>
    readWith(web(more, stack)).projects.images.projects.find(({ name }) => name === "web")?.spec;

  it("a request over HTTP, with the default expectations", () => {
    const expected = { kind: "http", path: "/", status: 200, timeout: 30 };
    assert.deepEqual(spec("check: { path: / }")?.check, expected);
  });

  it("a test of its own, in an image of its own", () => {
    const image = `harbor:8080/test@${digest}`;
    const check = spec(`check: { job: { image: "${image}", command: [a, b] }, timeout: 9 }`)?.check;
    assert.deepEqual(check, { kind: "job", image, command: ["a", "b"], timeout: 9 });
  });

  it("replaces the stack's setting as a whole", () => {
    const defaults = { check: { path: "/up", body: "fine" }, strategy: "halves" };
    const more = 'check: { job: { command: [a] } }\nstrategy: { kind: canary, cookie: "try" }';
    const found = spec(more, { ...probeImage, defaults });
    assert.deepEqual(found?.check, { kind: "job", command: ["a"], timeout: 300 });
    assert.deepEqual(found.strategy, {
      kind: "canary",
      cookie: "try",
      steps: [{ weight: 10 }, { weight: 50 }],
    });
    assert.equal(spec("check: none", { ...probeImage, defaults })?.check, undefined);
  });
});

describe("a strategy", () => {
  const step = fc.record(
    {
      weight: fc.integer({ min: 0, max: 99 }),
      pause: fc.oneof(fc.integer({ min: 0, max: 99 }), fc.constant("approval" as const)),
    },
    { requiredKeys: ["weight"], noNullPrototype: true },
  );
  const canary = fc.record(
    {
      kind: fc.constant("canary" as const),
      steps: fc.array(step, { minLength: 1 }),
      header: fc.constantFrom({ name: "X-Try" }, { name: "X-Try", value: "yes" }),
      cookie: fc.constant("try"),
    },
    { requiredKeys: ["kind", "steps"], noNullPrototype: true },
  );
  const others: Strategy[] = [
    { kind: "rolling" },
    { kind: "recreate" },
    { kind: "blueGreen", form: "switch" },
    { kind: "blueGreen", form: "halves" },
  ];

  it("is read as it was written", () => {
    fc.assert(
      fc.property(fc.oneof(canary, fc.constantFrom(...others)), (value: Strategy) => {
        assert.deepEqual(strategy.parse(writeStrategy(value)), value);
      }),
    );
  });

  it("is written in one word if that is enough", () => {
    for (const word of ["rolling", "recreate", "blueGreen", "halves", "canary"])
      assert.equal(writeStrategy(strategy.parse(word)), word);
  });

  it("has stages that a record's step finds again", () => {
    for (const value of [...others, strategy.parse("canary")]) {
      for (const stage of stagesOf({ strategy: value, checked: true, prepull: true }))
        assert.deepEqual(stageAt(value, stepOf(stage)), stage);
    }
  });
});
