import assert from "node:assert/strict";
import { BaseImage, imageArgs } from "../../../components/app/image";
import { find, record } from "../../support/record";

const args = {
  builder: "slipway",
  repository: "127.0.0.1:5000/front/packet",
  tag: "source-0123",
  context: "examples/config/front/packet",
  dockerfile: "FROM template/nginx\n",
  bases: { "template/nginx": "127.0.0.1:5000/template/nginx@sha256:aa" },
};

describe("an image that is built", () => {
  it("is this, as a whole", async () => {
    const { resources } = await record("test", () => {
      new BaseImage("front-packet", args);
    });
    const image = find(resources, "Image");
    assert.deepEqual(image.inputs, {
      builder: { name: "slipway" },
      tags: ["127.0.0.1:5000/front/packet:source-0123"],
      context: {
        location: "examples/config/front/packet",
        named: {
          "template/nginx": { location: "docker-image://127.0.0.1:5000/template/nginx@sha256:aa" },
        },
      },
      dockerfile: { inline: "FROM template/nginx\n" },
      buildArgs: { SOURCE_DATE_EPOCH: "0" },
      exports: [{ raw: "type=registry,rewrite-timestamp=true" }],
      push: false,
      buildOnPreview: false,
      network: "default",
    });
    assert.equal(image.retainOnDelete, true, "another stack may run this digest");
  });

  it("takes its own configuration from a directory", () => {
    const { context } = imageArgs({ ...args, config: ".slipway/sources/0123" });
    const named = (context as { named: Record<string, unknown> }).named;
    assert.deepEqual(named["config"], { location: ".slipway/sources/0123" });
  });

  it("is referred to by digest, without a tag", async () => {
    const { outputs } = await record("test", () => new BaseImage("front-packet", args).ref);
    assert.match(outputs, /^127\.0\.0\.1:5000\/front\/packet@sha256:[0-9a-f]{64}$/);
  });
});
