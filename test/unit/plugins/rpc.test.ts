import * as assert from "node:assert/strict";
import { status } from "@grpc/grpc-js";
import fc from "fast-check";
import { redact } from "../../../sandbox/plugins/rpc/secret-texts";
import {
  bare,
  decode,
  encode,
  type Properties,
  reveal,
  Secret,
  unknown,
} from "../../../sandbox/plugins/rpc/values";
import { PluginError, toServerError } from "../../../components/shared/system/grpc";

describe("values between engine and plugin", () => {
  it("come back as they went, secrets and unknowns in their places", () => {
    const properties: Properties = {
      text: "a",
      number: 1.5,
      flag: false,
      nothing: null,
      list: [1, { key: new Secret("s") }, unknown],
      secret: new Secret({ deep: [true] }),
    };
    assert.deepEqual(decode(encode(properties)), properties);
  });

  it("come back as they went, whatever they are", () => {
    const json = fc
      .jsonValue({ maxDepth: 4 })
      .filter((value) => !JSON.stringify(value).includes("__proto__"));
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string().filter((key) => key !== "__proto__"),
          json,
        ),
        (properties) => {
          // -0 and 0 are one number to the engine.
          const expected = JSON.parse(JSON.stringify(properties)) as Properties;
          assert.deepEqual({ ...decode(encode(expected)) }, { ...expected });
        },
      ),
    );
  });

  it("hold a secret in a secret only once", () => {
    const twice = encode({ a: new Secret(new Secret("x")) });
    assert.deepEqual(decode(twice), { a: new Secret("x") });
  });

  it("know every kind of unknown", () => {
    const kinds = ["1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", "dd056dcd-154b-4c76-9bd3-c8f88648b5ff"];
    for (const kind of kinds) assert.equal(decode(encode({ a: kind }))["a"], unknown);
  });

  it("are laid open only where nothing is unknown", () => {
    assert.deepEqual(reveal({ a: new Secret(["x"]), b: null }), { a: ["x"], b: null });
    assert.throws(() => reveal({ a: [unknown] }), /not known yet/);
    assert.throws(() => JSON.stringify({ a: unknown }), /not known yet/);
  });

  it("are unwrapped from a secret, at any depth", () => {
    assert.equal(bare(new Secret(new Secret("x"))), "x");
  });

  it("that are secret are blotted out of messages", () => {
    const inputs = { data: { a: new Secret("hunter2!") } };
    assert.equal(redact('value "hunter2!" is wrong', inputs), 'value "[secret]" is wrong');
  });
});

describe("errors of a plugin", () => {
  it("are their message and a status with nothing pending", () => {
    const sent = toServerError(new PluginError("no such thing"));
    assert.deepEqual([sent.details, sent.code], ["no such thing", status.FAILED_PRECONDITION]);
  });
});
