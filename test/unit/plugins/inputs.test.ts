import * as assert from "node:assert/strict";
import { CheckRequest } from "@pulumi/pulumi/proto/provider_pb";
import {
  failures,
  isNamed,
  normalize,
  withName,
  withNamespace,
} from "../../../sandbox/plugins/kubernetes/check";
import { markSecrets } from "../../../sandbox/plugins/kubernetes/secrets";
import { redact } from "../../../sandbox/plugins/rpc/secret-texts";
import { refusal } from "../../../sandbox/plugins/kubernetes/unsupported";
import { type Properties, Secret, unknown } from "../../../sandbox/plugins/rpc/values";

const secret = (fields: object): Properties => ({ apiVersion: "v1", kind: "Secret", ...fields });

describe("inputs", () => {
  it("of a Secret have their text in data, which is secret as a whole", () => {
    const given = secret({
      data: { old: "b2xk", both: "eA==" },
      stringData: { both: new Secret("y") },
    });
    assert.deepEqual(normalize(given), secret({ data: new Secret({ old: "b2xk", both: "eQ==" }) }));
  });

  it("of a Secret keep what is not known yet", () => {
    const given = secret({ stringData: { a: unknown } });
    assert.deepEqual(normalize(given), secret({ data: new Secret({ a: unknown }) }));
    const all = secret({ stringData: unknown });
    assert.deepEqual(normalize(all), secret({ stringData: new Secret(unknown) }));
  });

  it("of a Secret may have line breaks in their base64", () => {
    assert.deepEqual(
      normalize(secret({ data: { a: "YWFh\nYmJi\n" } }))["data"],
      new Secret({ a: "YWFhYmJi" }),
    );
  });

  it("of other kinds are left alone", () => {
    const given = { apiVersion: "v1", kind: "ConfigMap", data: { a: "b" } };
    assert.equal(normalize(given), given);
  });

  const naming = { resource: "app", seed: new Uint8Array([1, 2, 3]) };
  const { ENFORCE, DISABLE } = CheckRequest.AutonamingOptions.Mode;
  const autonamed = { "pulumi.com/autonamed": "true" };

  it("without a name get one from the engine's seed, the same each time", () => {
    const named = withName({ metadata: {} }, {}, naming);
    assert.deepEqual(named, { metadata: { name: "app-039058c6", annotations: autonamed } });
    assert.deepEqual(withName({}, {}, naming), named);
  });

  it("without a name keep the one they were given", () => {
    const olds = { metadata: { name: "app-11111111", annotations: autonamed } };
    const news = { metadata: { annotations: { mine: "1" } } };
    assert.deepEqual(withName(news, olds, naming), {
      metadata: { name: "app-11111111", annotations: { mine: "1", ...autonamed } },
    });
    // A name that the program once gave is not kept: it was the program's.
    const given = withName({}, { metadata: { name: "given" } }, naming);
    assert.deepEqual(given["metadata"], { name: "app-039058c6", annotations: autonamed });
  });

  it("are named as the stack's autonaming says", () => {
    const enforced = { ...naming, configured: { mode: ENFORCE, name: "by-the-book" } };
    assert.deepEqual(withName({}, {}, enforced)["metadata"], {
      name: "by-the-book",
      annotations: autonamed,
    });
    const disabled = { ...naming, configured: { mode: DISABLE, name: "" } };
    assert.throws(() => withName({}, {}, disabled), /autonaming is disabled: set metadata.name/);
  });

  it("with a name, be it secret or not known yet, keep it", () => {
    const cases: Properties[] = [
      { metadata: { name: "a" } },
      { metadata: { name: unknown } },
      { metadata: { name: new Secret("a") } },
      { metadata: unknown },
      { metadata: new Secret({ name: "a" }) },
    ];
    for (const inputs of cases) {
      assert.ok(isNamed(inputs));
      assert.equal(withName(inputs, {}, naming), inputs);
    }
    const unnamed: Properties[] = [
      {},
      { metadata: {} },
      { metadata: { name: "" } },
      { metadata: { name: null } },
    ];
    for (const inputs of unnamed) {
      assert.ok(!isNamed(inputs));
    }
  });

  it("without a namespace get the provider's, as secret as they are", () => {
    assert.deepEqual(withNamespace({}, "ns"), { metadata: { namespace: "ns" } });
    assert.deepEqual(withNamespace({ metadata: { namespace: "own" } }, "ns"), {
      metadata: { namespace: "own" },
    });
    assert.deepEqual(withNamespace({ metadata: new Secret({ name: "a" }) }, "ns"), {
      metadata: new Secret({ name: "a", namespace: "ns" }),
    });
  });

  it("that cannot be honoured are told of, all at once", () => {
    const annotations = { "pulumi.com/waitFor": "condition=Ready" };
    const found = failures({ metadata: { generateName: "a-", annotations } });
    assert.deepEqual(
      found.map(({ property }) => property),
      ["metadata.generateName", 'metadata.annotations["pulumi.com/waitFor"]'],
    );
  });

  const refusals: Record<string, [string, unknown, RegExp | undefined]> = {
    "that are Helm releases are refused": [
      "kubernetes:helm.sh/v3:Release",
      undefined,
      /needs Helm/,
    ],
    "that are Helm charts are refused": ["kubernetes:helm.sh/v4:Chart", undefined, /needs Helm/],
    "that are YAML files are refused": [
      "kubernetes:yaml/v2:ConfigFile",
      undefined,
      /YAML manifests/,
    ],
    "that need kustomize are refused": [
      "kubernetes:kustomize:directory",
      undefined,
      /needs kustomize/,
    ],
    "that are patches are refused": [
      "kubernetes:apps/v1:DeploymentPatch",
      "Deployment",
      /patches an object/,
    ],
    "that are lists are refused": [
      "kubernetes:apps/v1:DeploymentList",
      "DeploymentList",
      /declare its items/,
    ],
    "of a kind that is called a list are not": [
      "kubernetes:example.invalid/v1:AllowList",
      "AllowList",
      undefined,
    ],
    "of a kind that is called a patch are not": [
      "kubernetes:example.invalid/v1:DispatchPatch",
      "DispatchPatch",
      undefined,
    ],
    "of any other kind are not": ["kubernetes:apps/v1:Deployment", "Deployment", undefined],
  };
  for (const [title, [token, kind, expected]] of Object.entries(refusals)) {
    it(title, () => {
      const found = refusal(token, kind);
      if (expected === undefined) assert.equal(found, undefined);
      else assert.match(found ?? "", expected);
    });
  }
});

describe("secrets", () => {
  it("are marked where they were given, and only there", () => {
    const inputs = {
      spec: {
        env: [
          { name: "A", value: new Secret("s3cret") },
          { name: "B", value: "x" },
        ],
      },
    };
    const live = {
      spec: {
        env: [
          { name: "A", value: "s3cret" },
          { name: "B", value: "x" },
        ],
        added: 1,
      },
    };
    assert.deepEqual(markSecrets(live, inputs), {
      spec: {
        env: [
          { name: "A", value: new Secret("s3cret") },
          { name: "B", value: "x" },
        ],
        added: 1,
      },
    });
  });

  it("are marked in the whole of a list that has become longer", () => {
    const marked = markSecrets({ l: ["a", "b"] }, { l: [new Secret("a")] });
    assert.deepEqual(marked, { l: new Secret(["a", "b"]) });
  });

  it("are found where the server has put them, also in base64", () => {
    const inputs = { a: new Secret("long-enough-secret") };
    const live = {
      copy: "long-enough-secret",
      inside: '{"password":"long-enough-secret"}',
      encoded: Buffer.from("long-enough-secret").toString("base64"),
      other: "long-enough",
    };
    assert.deepEqual(markSecrets(live, inputs), {
      copy: new Secret(live.copy),
      inside: new Secret(live.inside),
      encoded: new Secret(live.encoded),
      other: "long-enough",
    });
  });

  it("too short to be told from other words are marked in their place only", () => {
    assert.deepEqual(markSecrets({ a: "1", b: "1" }, { a: new Secret("1") }), {
      a: new Secret("1"),
      b: "1",
    });
  });

  it("are the data of every Secret, whoever wrote it", () => {
    assert.deepEqual(
      markSecrets(secret({ data: { a: "eA==" } }), {})["data"],
      new Secret({ a: "eA==" }),
    );
  });

  it("are blotted out of messages", () => {
    const inputs = { data: { a: new Secret("hunter2!") } };
    assert.equal(redact('value "hunter2!" is wrong', inputs), 'value "[secret]" is wrong');
  });
});
