import assert from "node:assert/strict";
import {
  blueGreen,
  canary,
  check,
  declareReleased,
  halves,
  next,
  probeImage,
} from "../../support/released-app";
import { find, titles, type Recorded } from "../../support/record";
import type { AppArgs } from "../../../components/app/args";

describe("the order inside one update", () => {
  const stage = { name: "weight", weight: 25, pause: 0 } as const;
  let resources: Recorded[];
  beforeEach(async () => {
    const release = { ref: next, release: { tag: "v2" }, strategy: canary, stage };
    resources = await declareReleased({ strategy: canary, check }, { next: release });
  });
  const reaches = (from: Recorded, to: Recorded): boolean => {
    const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
    return from.dependsOn.some((urn) => {
      const other = byUrn.get(urn);
      return urn === to.urn || (other !== undefined && reaches(other, to));
    });
  };
  const job = () =>
    resources.find(({ type }) => type.endsWith(":Job")) ?? assert.fail("no check is declared");

  it("pods, then the check, then the traffic", () => {
    const [old, target] = ["shop-api", "shop-api--b"].map((name) =>
      find(resources, "Deployment", name),
    );
    for (const pods of [old, target]) {
      assert.ok(pods !== undefined && reaches(job(), pods));
      for (const [kind, name] of [
        ["Service", "shop-api"],
        ["Ingress", "shop-api--canary"],
      ] as const) {
        assert.ok(reaches(find(resources, kind, name), pods));
        assert.ok(reaches(find(resources, kind, name), job()));
      }
    }
  });

  it("and pods that are needed until both slots serve come last", async () => {
    resources = await declareReleased({ strategy: halves, check });
    const [slotA, slotB] = ["shop-api", "shop-api--b"].map((name) =>
      find(resources, "Deployment", name),
    );
    const service = find(resources, "Service", "shop-api");
    assert.ok(slotA && slotB && reaches(slotA, service) && reaches(service, slotB));
    assert.match(
      JSON.stringify(find(resources, "Service", "shop-api--next-b").inputs),
      /slot":"b"/,
    );
  });

  it("leads those with the header and the cookie to the new version", () => {
    const { inputs } = find(resources, "Ingress", "shop-api--canary");
    assert.deepEqual((inputs["metadata"] as { annotations: unknown }).annotations, {
      "pulumi.com/patchForce": "true",
      "pulumi.com/skipAwait": "true",
      "nginx.ingress.kubernetes.io/canary": "true",
      "nginx.ingress.kubernetes.io/canary-weight": "25",
      "nginx.ingress.kubernetes.io/canary-by-header": "X-Try",
      "nginx.ingress.kubernetes.io/canary-by-header-value": "yes",
      "nginx.ingress.kubernetes.io/canary-by-cookie": "try",
    });
  });

  it("takes its share where requests are led to the project now, and not where its file leads them", async () => {
    const release = { ref: next, release: { tag: "v2" }, strategy: canary, stage };
    const liveRoutes = [
      { hosts: ["old.example"], path: "/" },
      { hosts: ["old.example"], path: "/api" },
    ];
    const declared = await declareReleased(
      { strategy: canary, check, hosts: ["new.example"] },
      { next: release, liveRoutes },
    );
    const { inputs } = find(declared, "Ingress", "shop-api--canary");
    const { rules } = inputs["spec"] as {
      rules: { host: string; http: { paths: { path: string }[] } }[];
    };
    assert.deepEqual(
      rules.map(({ host, http }) => [host, ...http.paths.map(({ path }) => path)]),
      [["old.example", "/", "/api"]],
    );
  });

  it("labels each Deployment with what it runs", () => {
    const { inputs } = find(resources, "Deployment", "shop-api--b");
    const { annotations } = inputs["metadata"] as { annotations: Record<string, string> };
    const own = Object.entries(annotations).filter(([key]) => key.startsWith("slipway/"));
    assert.deepEqual(own, [["slipway/tag", "v2"]]);
  });
});

describe("a check's Job", () => {
  const jobOf = (resources: readonly Recorded[]) => {
    const [job] = resources.filter(({ type }) => type.endsWith(":Job"));
    return job ?? assert.fail("no check is declared");
  };
  const blue = (name: "beside" | "switch") =>
    ({ next: { ref: next, release: {}, strategy: blueGreen, stage: { name } } }) as const;

  it("is one for each version and question, and stays when its version serves", async () => {
    const asked = jobOf(await declareReleased({ check }, blue("beside"))).name;
    const serves: Partial<AppArgs> = { image: { ref: next }, slot: "b" };
    assert.equal(jobOf(await declareReleased({ check }, blue("switch"))).name, asked);
    assert.equal(jobOf(await declareReleased({ check }, serves)).name, asked);
    const reordered = { timeout: 30, status: 200, path: "/healthz", kind: "http" } as const;
    assert.equal(jobOf(await declareReleased({ check: reordered }, serves)).name, asked);
    assert.notEqual(jobOf(await declareReleased({ check })).name, asked, "another version");
    const other = { ...check, path: "/other" } as const;
    assert.notEqual(
      jobOf(await declareReleased({ check: other }, serves)).name,
      asked,
      "another question",
    );
  });

  it("does not check the old version while the new one is rolled out", async () => {
    const stage = { name: "drain" } as const;
    const resources = await declareReleased(
      { check, strategy: halves },
      { next: { ref: next, release: {}, strategy: halves, stage } },
    );
    assert.deepEqual(
      resources.filter(({ type }) => type.endsWith(":Job")),
      [],
    );
  });

  it("passes the target and the digest to a custom job", async () => {
    const job = jobOf(
      await declareReleased(
        { check: { kind: "job", command: ["/bin/sh", "-c", "true"], timeout: 60 } },
        { release: { tag: "v1", commit: "abcdef0" } },
      ),
    );
    const text = JSON.stringify(job.inputs);
    for (const [name, value] of [
      ["TARGET", "http://shop-api--next-a:8080"],
      ["DIGEST", `sha256:${"1".repeat(64)}`],
      ["TAG", "v1"],
      ["COMMIT", "abcdef0"],
    ] as const)
      assert.ok(text.includes(JSON.stringify({ name, value })), name);
    assert.ok(text.includes(probeImage));
  });
});

describe("an autoscaler", () => {
  const autoscale = { max: 9, cpu: 80 };

  it("scales what serves, and never what a stage has a number for", async () => {
    const stage = { name: "beside" } as const;
    const resources = await declareReleased(
      { autoscale },
      { next: { ref: next, release: {}, strategy: blueGreen, stage } },
    );
    const scalers = resources.filter(({ type }) => type.endsWith(":HorizontalPodAutoscaler"));
    assert.deepEqual(titles(scalers), ["HorizontalPodAutoscaler shop-api"]);
    const ignored = (name: string) => find(resources, "Deployment", name).ignoreChanges;
    assert.deepEqual(ignored("shop-api"), ["spec.replicas"]);
    assert.deepEqual(ignored("shop-api--b"), []);
  });

  it("follows to the slot that serves", async () => {
    const resources = await declareReleased({ autoscale }, { slot: "b" });
    const { inputs } = find(resources, "HorizontalPodAutoscaler");
    assert.match(JSON.stringify(inputs), /"scaleTargetRef":\{[^}]*"name":"shop-api--b"/);
  });
});
