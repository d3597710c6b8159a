import assert from "node:assert/strict";
import { readWith, refusalOf, type Differences } from "../../support/checkout";

const probeImage = { check: { image: `harbor:8080/tools/busybox@sha256:${"d".repeat(64)}` } };
const measured = { ...probeImage, prometheus: { url: "http://prometheus.monitoring:9090" } };
const web = (more: string, stack: Record<string, unknown> = {}): Differences => ({
  files: { "projects/Web.yaml": `name: Web\nkind: front\n${more}\n` },
  stack,
});

/** The input, and lines of its one refusal. */
const refusals: [title: string, given: Differences, lines: string[]][] = [
  [
    "a query that nobody answers",
    web("check: { query: [{ expr: up, min: 1 }] }", probeImage),
    [
      "projects/Web.yaml:3 → check.query",
      "allowed: queries where the stack names the Prometheus that answers them",
      "fix:     add `slipway:prometheus: {url: http://prometheus.monitoring:9090}` to Pulumi.uat.yaml",
    ],
  ],
  [
    "a query that there is no image to put with",
    web("check: { query: [{ expr: up, min: 1 }] }", { prometheus: measured.prometheus }),
    [
      "projects/Web.yaml:3 → check",
      "allowed: an image to run the check with; this stack names none",
    ],
  ],
  [
    "a query without an expression",
    web('check: { path: /, query: [{ expr: " ", max: 1 }] }', measured),
    ["projects/Web.yaml:3 → check.query.0.expr", "allowed: PromQL of at most 4000 characters"],
  ],
  [
    "a check without a single query",
    web("check: { query: [] }", measured),
    ["projects/Web.yaml:3 → check.query", "allowed: at least one query"],
  ],
  [
    "a query that every answer passes",
    web("check: { query: [{ expr: up }] }", measured),
    [
      "projects/Web.yaml:3 → check.query.0",
      "allowed: a query with `min`, `max` or both: the values that pass",
    ],
  ],
  [
    "a query that no answer passes",
    web("check: { query: [{ expr: up, min: 2, max: 1 }] }", measured),
    ["projects/Web.yaml:3 → check.query.0.min", "given:   2", "allowed: at most `max`, 1"],
  ],
  [
    "a bound that is no number",
    web("check: { query: [{ expr: up, max: 5% }] }", measured),
    [
      "projects/Web.yaml:3 → check.query.0.max",
      "allowed: the greatest value that passes, a number",
    ],
  ],
  [
    "a word that no data does not mean",
    web("check: { query: [{ expr: up, max: 1, noData: ok }] }", measured),
    ["projects/Web.yaml:3 → check.query.0.noData", "allowed: one of: fail, pass"],
  ],
  [
    "a placeholder that there is not",
    web("check: { query: [{ expr: 'up{pod=~\"{{ pod }}\"}', max: 1 }] }", measured),
    [
      "projects/Web.yaml:3 → check.query.0.expr",
      'given:   "{{ pod }}"',
      "fix:     did you mean `{{ pods }}`?",
    ],
  ],
  [
    "answers that must hold for longer than they are waited for",
    web("check: { path: /, for: 30 }", measured),
    [
      "projects/Web.yaml:3 → check.for",
      "given:   30",
      "allowed: less than `timeout`, 30 s, after which the check has failed",
    ],
  ],
  [
    "a test of ones own that asks Prometheus too",
    web("check: { job: { command: [test] }, query: [{ expr: up, min: 1 }] }", measured),
    [
      "projects/Web.yaml:3 → check.job",
      "allowed: one of the keys path, status, body, version, query, for, timeout",
    ],
  ],
  [
    "a Prometheus that cannot be asked",
    { stack: { prometheus: { url: "https://prometheus.monitoring" } } },
    [
      "Pulumi.uat.yaml:20 → slipway:prometheus.url",
      "allowed: address of a Prometheus as pods reach it: http://prometheus.monitoring:9090; https cannot be asked",
    ],
  ],
];

describe("queries that are refused", () => {
  for (const [title, given, lines] of refusals) {
    it(title, () => {
      const told = refusalOf(given);
      assert.match(told[0] ?? "", /nothing was changed: 1 problem$/, told.join("\n"));
      for (const line of lines) assert.ok(told.includes(line), `${line}\n\n${told.join("\n")}`);
    });
  }
});

describe("what a project asks of Prometheus", () => {
  const spec = (more: string, stack: Record<string, unknown>) =>
    readWith(web(more, stack)).projects.images.projects.find(({ name }) => name === "web")?.spec;

  it("questions to Prometheus, alone or beside one over HTTP", () => {
    const query = [{ expr: "up", min: 1, noData: "fail" }];
    const alone = spec("check: { query: [{ expr: up, min: 1 }], for: 5 }", measured);
    assert.deepEqual(alone?.check, { kind: "query", for: 5, timeout: 150, query });
    const both = spec("check: { path: /, query: [{ expr: up, min: 1 }] }", measured);
    assert.deepEqual(both?.check, { kind: "http", path: "/", status: 200, timeout: 150, query });
  });
});
