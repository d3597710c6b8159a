import { RunError } from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { declareStack } from "../../src/stack/stack";
import { unwatched } from "../../src/readiness/rollouts";
import { at } from "../support/declared-app";
import { readWith, type Differences } from "../support/checkout";
import { find, record, type Recorded } from "../support/record";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

const web = (more: string): Record<string, string> => ({
  "projects/Web.yaml": `name: Web\nkind: front\n${more}\n`,
});
const priority = (name: string) => `spec: { template: { spec: { priorityClassName: ${name} } } }`;
const priorityOf = (resources: readonly Recorded[], name: string, kind = "Deployment") =>
  at(find(resources, kind, name), "spec.template.spec.priorityClassName");

async function declared(differences: Differences): Promise<Recorded[]> {
  const { resources } = await record("uat", () =>
    declareStack(readWith(differences), { rollouts: unwatched }),
  );
  return resources;
}

async function refusal(differences: Differences): Promise<string[]> {
  try {
    await declared({ ...differences, preview: true });
  } catch (error) {
    if (error instanceof RunError) return error.message.split("\n").map((line) => line.trim());
    throw error;
  }
  throw new Error("it was not refused");
}

/** Objects of the cluster by kind and name, for a comparison of everything that is declared. */
const everything = (resources: readonly Recorded[]) =>
  Object.fromEntries(
    resources
      .filter(({ type }) => type.startsWith("kubernetes:"))
      .map(({ type, name, inputs }) => [`${type} ${name}`, inputs]),
  );

describe("customize", () => {
  it("changes what a patch says, and nothing else of the stack", async () => {
    const before = everything(await declared({}));
    const after = everything(
      await declared({ files: web(`customize:\n  Deployment/web: { ${priority("high")} }`) }),
    );
    const key = "kubernetes:apps/v1:Deployment web";
    const { spec } = before[key] as { spec: { template: { spec: object } } };
    const template = {
      ...spec.template,
      spec: { ...spec.template.spec, priorityClassName: "high" },
    };
    const { metadata } = after[key] as { metadata: { annotations: Record<string, string> } };
    const settings = '{"customize":{"Deployment/web":';
    assert.ok(Object.values(metadata.annotations).some((text) => text.startsWith(settings)));
    const expected = { ...before[key], metadata, spec: { ...spec, template } };
    assert.deepEqual(after, { ...before, [key]: expected });
  });

  it("is laid over every kind of object of a project", async () => {
    const resources = await declared({
      files: web(
        [
          "customize:",
          "  Service/web: { spec: { sessionAffinity: ClientIP } }",
          "  NetworkPolicy/*: { metadata: { annotations: { team: shop } } }",
          "  ServiceAccount/web: { metadata: { labels: { team: shop } } }",
        ].join("\n"),
      ),
    });
    assert.equal(at(find(resources, "Service", "web"), "spec.sessionAffinity"), "ClientIP");
    assert.equal(at(find(resources, "NetworkPolicy", "web"), "metadata.annotations.team"), "shop");
    assert.equal(at(find(resources, "ServiceAccount", "web"), "metadata.labels.team"), "shop");
  });

  it("comes from the stack for all projects, and a project's own goes over it", async () => {
    const resources = await declared({
      stack: {
        defaults: { customize: { "Deployment/*": { spec: { paused: true, minReadySeconds: 5 } } } },
      },
      files: web("customize: { Deployment/*: { spec: { minReadySeconds: 7 } } }"),
    });
    const specs = ["web", "shop-api"].map((name) => find(resources, "Deployment", name));
    assert.deepEqual(
      specs.map((each) => [at(each, "spec.paused"), at(each, "spec.minReadySeconds")]),
      [
        [true, 7],
        [true, 5],
      ],
    );
  });

  it("of one environment is for that stack alone", async () => {
    const here = await declared({
      files: web(
        `environments:\n  uat: { customize: { Deployment/web: { ${priority("high")} } } }`,
      ),
    });
    assert.equal(priorityOf(here, "web"), "high");
    const elsewhere = await declared({
      files: web(
        `environments:\n  prod: { customize: { Deployment/web: { ${priority("high")} } } }`,
      ),
    });
    assert.equal(priorityOf(elsewhere, "web"), undefined);
  });

  it("leaves the version that serves as it is, while another one is being rolled out", async () => {
    const patch = (name: string) => ({ spec: { template: { spec: { priorityClassName: name } } } });
    const settings = (name: string) =>
      JSON.stringify({ customize: { "Deployment/web": patch(name) } });
    const next = {
      digest: digest("e"),
      step: "beside",
      strategy: "blueGreen",
      settings: settings("new"),
    };
    const resources = await declared({
      stack: { releases: { Web: { digest: digest("d"), settings: settings("old"), next } } },
      files: web(`customize: { Deployment/web: { ${priority("of-the-file")} } }`),
    });
    assert.equal(priorityOf(resources, "web"), "old");
    assert.equal(priorityOf(resources, "web--b"), "new");
  });

  it("is laid over objects of a part", async () => {
    const resources = await declared({
      stack: { customize: { namespace: { "LimitRange/*": { metadata: { labels: { a: "b" } } } } } },
    });
    const [range] = resources.filter(({ type }) => type.endsWith(":LimitRange"));
    assert.equal(range && at(range, "metadata.labels.a"), "b");
  });

  const refused: [title: string, differences: Differences, lines: string[]][] = [
    [
      "a patch that means no object, with the nearest",
      { files: web("customize:\n  Deployment/wep: { spec: { paused: true } }") },
      [
        "projects/Web.yaml:4 → customize.Deployment/wep",
        'given:   "Deployment/wep"',
        "allowed: one of: Deployment/web, NetworkPolicy/web, PodDisruptionBudget/web, Service/web, ServiceAccount/web",
        "fix:     did you mean `Deployment/web`?",
      ],
    ],
    [
      "a patch of a part that declares nothing in the cluster",
      { stack: { customize: { registry: { "Deployment/x": { spec: {} } } } } },
      [
        "Pulumi.uat.yaml:21 → slipway:customize.registry.Deployment/x",
        'given:   "Deployment/x"',
        "allowed: nothing here: no object is declared",
      ],
    ],
    [
      "another image for what a release decides over",
      {
        files: web(
          `customize:\n  Deployment/web: { spec: { template: { spec: { containers: [{ name: web, image: "x@${digest("f")}" }] } } } }`,
        ),
      },
      [
        "projects/Web.yaml:4 → customize.Deployment/web",
        "allowed: a patch that leaves the images of the platform's containers as they are: a release decides over a project's, and a part's has a key of its own",
      ],
    ],
  ];
  for (const [title, differences, lines] of refused) {
    it(`refuses ${title}`, async () => {
      assert.deepEqual((await refusal(differences)).slice(1), lines);
    });
  }

  it("leaves out a patch that it refuses, also where the update has begun", async () => {
    const image = `x@${digest("f")}`;
    const patch = `spec: { template: { spec: { containers: [{ name: web, image: "${image}" }] } } }`;
    const seen: unknown[] = [];
    const { resources } = await record("uat", async () => {
      const planned = readWith({ files: web(`customize:\n  Deployment/web: { ${patch} }`) });
      await declareStack(planned, { rollouts: unwatched }).catch((error: unknown) => {
        seen.push(error);
      });
    });
    assert.match(String(seen[0]), /refused, patches were left out/);
    const path = "spec.template.spec.containers.0.image";
    const deployment = find(resources, "Deployment", "web");
    assert.equal(at(deployment, path), `harbor:8080/front/web@${digest("d")}`);
  });
});
