import * as assert from "node:assert/strict";
import { prometheusUrl, startPrometheus, stopPrometheus } from "../support/prometheus";
import { ReleaseLab } from "../support/release-lab";
import { walkAll } from "../support/suites";

/** Releases with queries to a real Prometheus, on real pods under load. */
walkAll("a release whose check asks Prometheus", function () {
  this.timeout(600_000);
  const lab = new ReleaseLab();
  const own = 'pod=~"{{ pods }}"';
  const settings = (strategy: string, ...queries: string[]) => {
    const check = `check: { path: /healthz, for: 2, timeout: 20, query: [${queries.join(", ")}] }`;
    lab.settings(`replicas: 2\nstrategy: ${strategy}\n${check}\n`);
  };
  const scraped = (least: number) =>
    `{ expr: 'count(served_by{${own}})', min: ${least}, describe: pods that are measured }`;
  const letters = `{ expr: 'version_letters{${own}}', max: 8, describe: what is too much }`;

  before(async () => {
    lab.program.edit("Pulumi.test.yaml", (text) =>
      text.replace("config:\n", `config:\n  slipway:prometheus: { url: ${prometheusUrl} }\n`),
    );
    await lab.start("replicas: 2\n");
    await startPrometheus(lab.watched);
  });
  after(async () => {
    await stopPrometheus();
    await lab.stop();
  });

  it("moves the traffic when the answer is within bounds", async () => {
    settings("blueGreen", scraped(2), letters);
    const digest = await lab.version("short");
    await lab.unharmed(() => lab.release(digest));
    await lab.serves("short");
  });

  it("stops when it is not: the old version serves, and the error has expression and value", async () => {
    const digest = await lab.version("far-too-long");
    let output = "";
    const { versions } = await lab.unharmed(async () => {
      output = await lab.release(digest, 1);
    });
    assert.deepEqual(Object.keys(versions), ["short"]);
    const pods = String.raw`sjzy-package-api-[a-z0-9]+-[a-z0-9]{5}`;
    const asked = `version_letters{pod=~"${pods}"}`;
    const told = `query ${asked} (what is too much): value 12, wanted at most 8`;
    assert.ok(output.includes(told), output);
    assert.match(output, /taken back/);
  });

  it("judges a canary by what it did to its share, before it gets more", async () => {
    const share = (more: string) => `sum(rate(http_requests_total{${own}${more}}[10s]))`;
    const errors = `{ expr: '(${share(',code=~"5.."')} or vector(0)) / ${share("")}', max: 0.05, noData: pass }`;
    const steps = "[{ weight: 20, pause: 8 }, { weight: 50, pause: 2 }]";
    settings(`{ kind: canary, steps: ${steps} }`, errors);
    const good = await lab.version("good");
    await lab.unharmed(() => lab.release(good));
    await lab.serves("good");

    const wrong = await lab.version("wrong", "wrong");
    const running = lab.load();
    const output = await lab.release(wrong, 1);
    await running.stop();
    const { statuses } = await running.finished;
    assert.match(output, /rate\(http_requests_total\{.*value 1, wanted at most 0\.05/);
    assert.match(output, /weight 50/);
    // Its first share got some: that is the purpose of a canary.
    assert.ok((statuses["500"] ?? 0) > 0, JSON.stringify(statuses));
    await lab.serves("good");
  });

  it("is verified again by what is measured now", async () => {
    settings("rolling", scraped(2));
    await lab.program.up();
    assert.match(await lab.slipway(["verify", lab.project]), /is verified in test: .*: 2$/m);
    settings("rolling", scraped(3));
    // The check uses the serving version's settings, not those in its file.
    assert.match(await lab.slipway(["verify", lab.project]), /is verified in test: .*: 2$/m);
    await assert.rejects(lab.program.up(), /value 2, wanted at least 3/);
  });
});
