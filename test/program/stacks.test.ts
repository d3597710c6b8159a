import assert from "node:assert/strict";
import { declareStack, readSettings } from "../support/settings";
import type { Outputs, Planned } from "../../src/stack/stack";
import { violations } from "../support/conventions";
import { find, record, type Recording } from "../support/record";
import {
  realSandbox,
  scratchMachine,
  simulatedSandbox,
  stacks,
  stackSources,
  withOwnController,
} from "../support/stacks";

const catalogue = [
  ...["Packet_BSI_PC_UI", "Packet_Label", "Packet_OutCustome_PC_UI", "Packet_Shopman_Web_UI"],
  ...["SJZY.Package.Api", "SJZY.Package.Output.Api", "SJZY.Package.Task.Api"],
];

/** Settings of a stack from its real file, on a machine of its own. */
function settingsOf(stack: string, sandbox = realSandbox, keys = {}): Planned {
  const machine = scratchMachine(sandbox);
  try {
    return readSettings(stackSources(stack, machine.env, keys));
  } finally {
    machine.remove();
  }
}

const run = (settings: Planned) => record(settings.stack, () => declareStack(settings));
type Ran = Awaited<ReturnType<typeof run>>;

for (const stack of stacks) {
  describe(`stack ${stack}, from its own file`, () => {
    let ran: Ran;
    before(async () => {
      ran = await run(settingsOf(stack));
    });

    it("keeps every convention", () => {
      assert.deepEqual(violations(ran.resources), []);
    });

    it("declares the seven projects of the catalogue, each by digest", () => {
      assert.deepEqual(Object.keys(ran.outputs.projects), catalogue);
      for (const { image, namespace } of Object.values(ran.outputs.projects)) {
        assert.match(image, /@sha256:[0-9a-f]{64}$/);
        assert.equal(namespace, `sjzy-${stack}`);
      }
    });

    it("leads all its public hosts through the one shared Ingress", () => {
      const { inputs } = find(ran.resources, "Ingress", "sjzy-front-ingress");
      const { rules } = inputs["spec"] as { rules: { host: string }[] };
      const urls = Object.values(ran.outputs.projects).flatMap((project) => project.urls);
      assert.deepEqual(
        rules.map(({ host }) => host),
        urls.map((url) => new URL(url).hostname).sort(),
      );
    });

    it("uses one provider, on the cluster that its file names", () => {
      const { inputs } = find(ran.resources, "kubernetes", "cluster");
      const identifier = inputs["clusterIdentifier"] as string;
      assert.match(identifier, stack === "test" ? /^sandbox / : new RegExp(`^sjzy-${stack}$`));
    });
  });
}

describe("what sets the stacks apart", () => {
  it("test builds from source on the sandbox, and shows the back ends too", async () => {
    const { resources, outputs } = await run(settingsOf("test"));
    const images = resources.filter(({ type }) => type === "docker-build:index:Image");
    assert.equal(images.length, catalogue.length + 1, "one for each project, and their base image");
    assert.deepEqual(outputs.projects["SJZY.Package.Api"]?.urls, [
      "http://sjzy-package-api.localhost:8080/",
    ]);
    assert.deepEqual(outputs.simulated, realSandbox.simulated);
  });

  it("test on simulated nodes builds nothing, and reports it", async () => {
    const { resources, outputs } = await run(settingsOf("test", simulatedSandbox));
    assert.deepEqual(
      resources.filter(({ type }) => type.startsWith("docker-build:")),
      [],
    );
    assert.deepEqual(violations(resources), []);
    assert.deepEqual(outputs.simulated, [
      "every node",
      "images: none is built; each digest is the hash of the project's source",
    ]);
    assert.deepEqual(outputs.projects["Packet_Label"]?.urls, [], "nothing answers");
  });

  it("uat and prod use the ingress controller of their clusters, and can bring their own", async () => {
    const kinds = ["DaemonSet", "ClusterRole", "IngressClass"];
    const count = ({ resources }: Ran) =>
      resources.filter(({ type }) => kinds.some((kind) => type.endsWith(`:${kind}`))).length;
    assert.equal(count(await run(settingsOf("prod"))), 0);
    const own = await run(settingsOf("uat", realSandbox, withOwnController));
    assert.equal(count(own), kinds.length);
    assert.deepEqual(violations(own.resources), []);
  });

  it("uat and prod run two pods of each and keep the back ends inside", async () => {
    for (const stack of ["uat", "prod"]) {
      const { outputs } = await run(settingsOf(stack));
      for (const [name, { replicas, urls }] of Object.entries(outputs.projects)) {
        assert.equal(replicas, 2);
        assert.equal(urls.length, name.startsWith("Packet_") ? 1 : 0);
      }
    }
  });
});

describe("a change of one project", () => {
  const changed = (
    before: Recording<Outputs>["resources"],
    after: Recording<Outputs>["resources"],
  ) => {
    const old = new Map(before.map((resource) => [resource.urn, JSON.stringify(resource.inputs)]));
    return after
      .filter(({ urn, inputs }) => old.get(urn) !== JSON.stringify(inputs))
      .map(({ urn }) => urn);
  };

  it("changes its own resources only", async () => {
    const settings = settingsOf("uat");
    const { resources: before } = await run(settings);
    const projects = settings.projects.images.projects.map((project) =>
      project.name === "packet-label"
        ? { ...project, spec: { ...project.spec, replicas: 3 } }
        : project,
    );
    const { resources: after } = await run({
      ...settings,
      projects: { ...settings.projects, images: { ...settings.projects.images, projects } },
    });
    assert.deepEqual(changed(before as never, after as never), [
      "urn:pulumi:uat::slipway::slipway:index:App$kubernetes:apps/v1:Deployment::packet-label",
    ]);
  });

  it("which goes leaves the others as they were", async () => {
    const settings = settingsOf("uat");
    const { resources: before } = await run(settings);
    const projects = settings.projects.images.projects.filter(
      ({ name }) => name !== "sjzy-package-api",
    );
    const { resources: after } = await run({
      ...settings,
      projects: { ...settings.projects, images: { ...settings.projects.images, projects } },
    });
    assert.deepEqual(changed(before as never, after as never), []);
    assert.ok(after.length < before.length);
  });
});
