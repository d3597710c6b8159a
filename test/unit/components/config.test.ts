import assert from "node:assert/strict";
import { App } from "../../../components/app/app";
import {
  configData,
  configMount,
  configVolume,
  type MountedConfig,
} from "../../../components/app/config";
import { record } from "../../support/record";
import { appArgs } from "../../support/specs";
import type { NextRelease } from "../../../components/app/args";

const hash = "0123456789abcdef".repeat(4);
const file: MountedConfig = {
  path: "/app/appsettings.json",
  directory: false,
  secret: false,
  hash,
  files: { "appsettings.json.Shop.Api": Buffer.from('{"port": 8080}\n') },
};
const tree: MountedConfig = {
  path: "/data/conf",
  directory: true,
  secret: false,
  hash,
  files: {
    "trace/a.conf": Buffer.from("a"),
    "hello.conf": Buffer.from("hello"),
    "key.jks": Buffer.from([0xfe, 0xed, 0xfe, 0xed]),
  },
};

describe("mounted configuration", () => {
  it("is text as it is, all else in base64, files of a directory by number", () => {
    assert.deepEqual(configData(tree), {
      data: { "hello.conf": "hello", "file.2": "a" },
      binaryData: { "key.jks": "/u3+7Q==" },
    });
  });

  it("never has two files under one key", () => {
    const files = {
      "file.2": Buffer.from("two"),
      "hello.conf": Buffer.from("hello"),
      "sub/x.conf": Buffer.from("x"),
    };
    assert.deepEqual(configData({ ...tree, files }), {
      data: { "file.2": "two", "hello.conf": "hello", "file.2_": "x" },
    });
  });

  it("of one file is mounted at that file, of a directory over all of it", () => {
    const name = "project-configuration";
    assert.deepEqual(configMount(file), {
      name,
      mountPath: "/app/appsettings.json",
      readOnly: true,
      subPath: "appsettings.json.Shop.Api",
    });
    assert.deepEqual(configMount(tree), { name, mountPath: "/data/conf", readOnly: true });
    assert.deepEqual(configVolume("x", { ...tree, secret: true }), {
      name,
      secret: {
        secretName: "x",
        items: [
          { key: "hello.conf", path: "hello.conf" },
          { key: "key.jks", path: "key.jks" },
          { key: "file.2", path: "trace/a.conf" },
        ],
      },
    });
  });

  const declared = async (...args: Parameters<typeof appArgs>) => {
    const { resources } = await record("test", () => {
      new App("shop-api", appArgs(...args));
    });
    return resources.filter(({ name }) => name.startsWith("shop-api--config-"));
  };

  it("is one immutable ConfigMap, named after its content", async () => {
    const [map, ...others] = await declared(
      {},
      { configuration: { hostAliases: {}, mount: file } },
    );
    assert.deepEqual(others, []);
    assert.equal(map?.type, "kubernetes:core/v1:ConfigMap");
    const { metadata, immutable, data } = map.inputs as Record<string, { name?: string }>;
    assert.equal(metadata?.name, "shop-api--config-01234567");
    assert.deepEqual(
      [immutable, data],
      [true, { "appsettings.json.Shop.Api": '{"port": 8080}\n' }],
    );
  });

  it("that is secret is a Secret, and secret in the state", async () => {
    const mount = { ...tree, secret: true };
    const [secret] = await declared({}, { configuration: { hostAliases: {}, mount } });
    assert.equal(secret?.type, "kubernetes:core/v1:Secret");
    assert.deepEqual(secret.secrets, ["data", "stringData"]);
  });

  it("of a version being rolled out is beside that of the serving one; equal ones are one", async () => {
    const strategy = { kind: "blueGreen", form: "switch" } as const;
    const next: NextRelease = {
      ref: `harbor:8080/back/shop.api@sha256:${"e".repeat(64)}`,
      release: {},
      strategy,
      stage: { name: "beside" },
    };
    const live = { hostAliases: {}, mount: file };
    const other = { hostAliases: {}, mount: { ...file, hash: "f".repeat(64) } };
    const names = async (target: typeof live): Promise<string[]> => {
      const args = { configuration: live, next: { ...next, configuration: target } };
      return (await declared({ strategy }, args)).map(({ name }) => name);
    };
    assert.deepEqual(await names(other), [
      "shop-api--config-01234567",
      "shop-api--config-ffffffff",
    ]);
    assert.deepEqual(await names(live), ["shop-api--config-01234567"]);
  });
});
