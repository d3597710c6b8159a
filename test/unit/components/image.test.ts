import assert from "node:assert/strict";
import { withConfig } from "../../../components/app/dockerfile";
import { BaseImage } from "../../../components/app/image";
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

  it("is referred to by digest, without a tag", async () => {
    const { outputs } = await record("test", () => new BaseImage("front-packet", args).ref);
    assert.match(outputs, /^127\.0\.0\.1:5000\/front\/packet@sha256:[0-9a-f]{64}$/);
  });
});

describe("a Dockerfile with its project's configuration", () => {
  it("gets a stage before its first FROM; what is global before that stays so", () => {
    const text = withConfig(
      "# syntax=docker/dockerfile:1\nARG BASE=x\nFROM $BASE AS build\nFROM scratch\n",
      {
        "appsettings.json.Shop.Api": '{\n  "a": "$b"\n}\n',
      },
    );
    assert.equal(
      text,
      [
        "# syntax=docker/dockerfile:1",
        "ARG BASE=x",
        "FROM scratch AS config",
        'COPY <<"EOF" /appsettings.json.Shop.Api',
        "{",
        '  "a": "$b"',
        "}",
        "EOF",
        "",
        "FROM $BASE AS build",
        "FROM scratch",
        "",
      ].join("\n"),
    );
  });

  it("ends the file by a line that is not in it", () => {
    assert.match(withConfig("FROM x\n", { f: "EOF\nEOF_\n" }), /<<"EOF__" \/f\nEOF\nEOF_\nEOF__\n/);
  });
});
