import assert from "node:assert/strict";
import { readWith, refusalOf } from "../../support/checkout";
import { backup } from "./refusals/backup";
import { basics } from "./refusals/basics";
import { customizeRefusals } from "./refusals/customize";
import { edgeRefusals } from "./refusals/edge";
import { files } from "./refusals/files";
import { digest, sandbox, type Refusal } from "./refusals/given";

import { records } from "./refusals/records";
import { roomRefusals } from "./refusals/cluster";
import { sources } from "./refusals/sources";
import { stack } from "./refusals/stack";
import { environment } from "./refusals/environment";
import { values } from "./refusals/values";
import { variables } from "./refusals/variables";

const refusals: Refusal[] = [
  ...[
    basics,
    variables,
    values,
    environment,
    files,
    stack,
    records,
    sources,
    backup,
    roomRefusals,
    edgeRefusals,
    customizeRefusals,
  ].flat(),
];

describe("settings that are refused", () => {
  for (const [title, given, told] of refusals) {
    it(title, () => {
      const [heading, ...lines] = refusalOf(given);
      assert.deepEqual(lines, told);
      assert.ok(!lines.join().includes("hunter2"), "a secret is never repeated");
      const count = told.filter((line) => line.startsWith("allowed:")).length;
      const problems = count === 1 ? "1 problem" : `${count} problems`;
      assert.equal(heading, `Stack uat is refused, nothing was changed: ${problems}`);
    });
  }

  it("are at least sixty kinds", () => {
    assert.ok(refusals.length >= 60, `${refusals.length}`);
  });

  it("are all reported at once, by file", () => {
    const lines = refusalOf({
      stack: {
        registy: {},
        "slipway:secrets.dbPassword": "hunter2",
        releases: { Web: { digest, tag: "latest" } },
      },
      files: {
        "projects/Web.yaml": "name: Web\nkind: frnt\nreplicas: 0\n",
        "projects/Shop.Api.yaml": "name: Shop.Api\nkind: back\nport: 0\n",
        "projects/A.yaml":
          "name: A\nkind: front\nhosts: [a.example]\nenv: { API_TOKEN: hunter2 }\n",
        "projects/B.yaml": "name: B\nkind: front\nhosts: [a.example]\n",
        "projects/C.D.yaml": "name: C.D\nkind: front\n",
        "projects/C_D.yaml": "name: C_D\nkind: front\n",
      },
    });
    const places = lines.filter((line) => line.includes(" → "));
    assert.deepEqual(places, [
      "Pulumi.uat.yaml:16 → slipway:releases.Web.tag",
      "Pulumi.uat.yaml:17 → slipway:registy",
      "Pulumi.uat.yaml:18 → slipway:secrets.dbPassword",
      "projects/A.yaml:4 → env.API_TOKEN",
      "projects/B.yaml:3 → hosts",
      "projects/C_D.yaml:1 → name",
      "projects/Shop.Api.yaml:3 → port",
      "projects/Web.yaml:2 → kind",
      "projects/Web.yaml:3 → replicas",
    ]);
  });
});

describe("settings that hold", () => {
  it("those of the small checkout that the refusals start from", () => {
    const {
      namespace: { system },
      projects: { images },
    } = readWith();
    assert.equal(system, "shop");
    assert.deepEqual(
      images.projects.map(({ name }) => name),
      ["shop-api", "web"],
    );
  });

  it("a sandbox builds what has no record, on the base images that its Dockerfiles name", () => {
    const {
      projects: { images },
      registry,
    } = readWith({ sandbox });
    assert.deepEqual(registry, { host: "127.0.0.1:5000", plain: true });
    assert.deepEqual(Object.keys(images.builder?.bases ?? {}), ["front/packet"]);
    assert.ok(images.projects.every(({ image }) => "source" in image));
  });

  it("a record is run even where it could be built", () => {
    const {
      projects: { images },
    } = readWith({ sandbox, stack: { releases: { Web: { digest } } } });
    const image = images.projects.find(({ name }) => name === "web")?.image;
    assert.deepEqual(image, { ref: `127.0.0.1:5000/front/web@${digest}` });
  });

  it("a project without a record, where nothing is built, is left out", () => {
    const {
      projects: { images },
    } = readWith({ stack: { releases: { Web: { digest } } } });
    assert.deepEqual(images.leftOut, ["Shop.Api"]);
    assert.deepEqual(
      images.projects.map(({ name }) => name),
      ["web"],
    );
  });
});
