import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApiError, ConnectionError } from "../../../sandbox/plugins/kubernetes/api-error";
import { collectionPath, objectPath } from "../../../sandbox/plugins/kubernetes/discovery";
import {
  adopted,
  conflicts,
  explainConflicts,
  fieldManagerOf,
  owns,
  yields,
} from "../../../sandbox/plugins/kubernetes/field-managers";
import { resolveContext } from "../../../sandbox/plugins/kubernetes/kubeconfig";
import {
  idOf,
  type ManagedFields,
  parseId,
  parseToken,
} from "../../../sandbox/plugins/kubernetes/objects";
import {
  propagationPolicy,
  waitsForDeletion,
} from "../../../sandbox/plugins/kubernetes/operations/delete";
import { diffProvider } from "../../../sandbox/plugins/kubernetes/provider-diff";
import {
  isStrict,
  readSettings,
  settingsFailures,
} from "../../../sandbox/plugins/kubernetes/settings";
import type { JsonObject } from "../../../sandbox/plugins/rpc/values";
import { unknown } from "../../../sandbox/plugins/rpc/values";

const kubeconfig = (server: string): string => `
current-context: one
clusters:
- { name: a, cluster: { server: "${server}", certificate-authority: ca.crt } }
- { name: b, cluster: { server: "https://b" } }
users:
- { name: u, user: { token: t, tokenFile: token } }
contexts:
- { name: one, context: { cluster: a, user: u, namespace: ns } }
- { name: two, context: { cluster: b } }
- { name: lost, context: { cluster: c } }
`;

describe("a kubeconfig", () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-kubeconfig-"));
  const path = join(folder, "config");
  const other = join(folder, "other");
  before(() => {
    writeFileSync(path, kubeconfig("https://file"));
    writeFileSync(
      other,
      kubeconfig("https://other").replace("current-context: one", "current-context: two"),
    );
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("is a text or a file, whose relative paths start beside it", () => {
    const text = resolveContext({ kubeconfig: kubeconfig("https://text") });
    assert.deepEqual(
      [text.name, text.namespace, text.cluster.server, text.cluster["certificate-authority"]],
      ["one", "ns", "https://text", "ca.crt"],
    );
    const file = resolveContext({ kubeconfig: path });
    assert.equal(file.cluster["certificate-authority"], join(folder, "ca.crt"));
    assert.equal(file.user.tokenFile, join(folder, "token"));
  });

  it("is found by the environment; of several files the first that says something counts", () => {
    const env = { KUBECONFIG: `/no/such:${path}:${other}` };
    assert.equal(resolveContext({}, env).cluster.server, "https://file");
    const pod = {
      KUBECONFIG: "/no/such",
      KUBERNETES_SERVICE_HOST: "fd00::1",
      KUBERNETES_SERVICE_PORT: "443",
    };
    assert.equal(resolveContext({}, pod).cluster.server, "https://[fd00::1]:443");
  });

  it("lets context and cluster be chosen", () => {
    assert.equal(resolveContext({ kubeconfig: path, context: "two" }).cluster.server, "https://b");
    assert.equal(resolveContext({ kubeconfig: path, cluster: "b" }).cluster.server, "https://b");
  });

  const wrong: Record<string, [Parameters<typeof resolveContext>, RegExp]> = {
    "a file that is not there": [[{ kubeconfig: "/no/such" }], /there is no kubeconfig \/no\/such/],
    "no file at all": [
      [{}, { KUBECONFIG: "/no/such" }],
      /there is no kubeconfig: .*\/no\/such does not exist/,
    ],
    "a text that is not YAML": [
      [{ kubeconfig: "a: [password: secret" }],
      /is not a kubeconfig: (?!.*secret)/,
    ],
    "a text without clusters": [[{ kubeconfig: "a: 1\n" }], /it has no `clusters`/],
    "a context that is not there": [
      [{ kubeconfig: kubeconfig("x"), context: "three" }],
      /no context of the given kubeconfig named "three"; there are: one, two, lost/,
    ],
    "a context of a cluster that is not there": [
      [{ kubeconfig: kubeconfig("x"), context: "lost" }],
      /no cluster of the given kubeconfig named "c"; there are: a, b/,
    ],
    "no context": [[{ kubeconfig: "clusters: []\n" }], /has no current-context/],
  };
  for (const [title, [args, message]] of Object.entries(wrong)) {
    it(`is refused for ${title}`, () => {
      assert.throws(() => resolveContext(...args), message);
    });
  }
});

describe("a provider's arguments", () => {
  it("are flags and texts, also as the stack's configuration writes them", () => {
    const settings = readSettings(
      { enablePatchForce: "true", deleteUnreachable: true, namespace: "n" },
      {},
    );
    assert.deepEqual(
      [
        settings.enablePatchForce,
        settings.deleteUnreachable,
        settings.enableSecretMutable,
        settings.namespace,
      ],
      [true, true, false, "n"],
    );
  });

  it("have environment variables behind them, which they overrule", () => {
    const env = {
      PULUMI_K8S_ENABLE_SECRET_MUTABLE: "true",
      PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE: "true",
    };
    const settings = readSettings({ enableSecretMutable: "false" }, env);
    assert.deepEqual(
      [settings.enableSecretMutable, settings.enableConfigMapMutable],
      [false, true],
    );
  });

  it("are refused all at once", () => {
    const args = { renderYamlToDirectory: "out", enableServerSideApply: "false" };
    const found = settingsFailures(args, true, true).map(({ property }) => property);
    assert.deepEqual(found, [
      "renderYamlToDirectory",
      "enableServerSideApply",
      "",
      "kubeconfig",
      "context",
    ]);
    assert.deepEqual(settingsFailures({ kubeconfig: unknown, context: "c" }, false, true), []);
  });

  it("may be strict by the stack's configuration", () => {
    assert.ok(isStrict({}, { PULUMI_CONFIG: '{"strictMode":"true"}' }));
    assert.ok(!isStrict({ strictMode: "false" }, { PULUMI_CONFIG: '{"strictMode":"true"}' }));
    assert.ok(!isStrict({}, {}));
  });

  const one = kubeconfig("https://one");
  const diffs: Record<
    string,
    [JsonObject, Parameters<typeof diffProvider>[1], string[], string[]]
  > = {
    "that do not change": [{ kubeconfig: one }, { kubeconfig: one }, [], []],
    "that change the way to the same cluster": [
      { kubeconfig: one },
      { kubeconfig: one.replace("token: t", "token: u") },
      ["kubeconfig"],
      [],
    ],
    "that lead to another cluster": [
      { kubeconfig: one },
      { kubeconfig: kubeconfig("https://two") },
      ["kubeconfig"],
      ["kubeconfig"],
    ],
    "that choose another cluster": [
      { kubeconfig: one },
      { kubeconfig: one, context: "two" },
      ["context"],
      ["context"],
    ],
    "that say it is the same cluster": [
      { kubeconfig: one, clusterIdentifier: "c" },
      { kubeconfig: kubeconfig("https://two"), clusterIdentifier: "c" },
      ["kubeconfig"],
      [],
    ],
    "that say it is another cluster": [
      { kubeconfig: one, clusterIdentifier: "c" },
      { kubeconfig: one, clusterIdentifier: "d" },
      ["clusterIdentifier"],
      ["clusterIdentifier"],
    ],
    "that begin to say which cluster it is": [
      { kubeconfig: one },
      { kubeconfig: one, clusterIdentifier: "c" },
      ["clusterIdentifier"],
      [],
    ],
    "that are not known yet": [
      { kubeconfig: one },
      { kubeconfig: unknown },
      ["kubeconfig"],
      ["kubeconfig"],
    ],
    "that have nothing to do with the cluster": [
      { kubeconfig: one },
      { kubeconfig: one, namespace: "n" },
      ["namespace"],
      [],
    ],
  };
  for (const [title, [olds, news, changed, replaces]] of Object.entries(diffs)) {
    it(`${title} replace ${replaces.length === 0 ? "nothing" : "everything"}`, () => {
      assert.deepEqual(diffProvider(olds, news), { changed, replaces });
    });
  }
});

describe("field managers", () => {
  const entry = (
    manager: string,
    operation: "Apply" | "Update",
    fields: JsonObject,
    more = {},
  ): ManagedFields => ({
    manager,
    operation,
    apiVersion: "v1",
    fieldsType: "FieldsV1",
    fieldsV1: fields,
    ...more,
  });
  const data = (key: string): JsonObject => ({ "f:data": { [`f:${key}`]: {} } });

  it("have one name per resource, the same each time", () => {
    assert.match(fieldManagerOf("urn:a"), /^pulumi-kubernetes-[0-9a-f]{8}$/);
    assert.equal(fieldManagerOf("urn:a"), fieldManagerOf("urn:a"));
    assert.notEqual(fieldManagerOf("urn:a"), fieldManagerOf("urn:b"));
  });

  it("give way when they are our predecessors or a person at a terminal", () => {
    const names = [
      "pulumi-kubernetes",
      "before-first-apply",
      "kubectl",
      "kubectl-edit",
      "kubectl.exe",
    ];
    for (const name of names) assert.ok(yields(name), name);
    for (const name of [
      "kube-controller-manager",
      "helm",
      "kubectlish",
      "pulumi-kubernetes-1234abcd",
    ]) {
      assert.ok(!yields(name), name);
    }
  });

  it("of the official plugin become ours, together with what is ours already", () => {
    const status = entry("pulumi-kubernetes", "Update", data("s"), { subresource: "status" });
    const other = entry("helm", "Update", data("h"));
    const found = adopted(
      [
        entry("pulumi-kubernetes", "Update", data("a")),
        entry("us", "Apply", data("b")),
        status,
        other,
      ],
      "us",
      undefined,
    );
    const merged = entry("us", "Apply", { "f:data": { "f:a": {}, "f:b": {} } });
    assert.deepEqual(found, [status, other, merged]);
  });

  it("of our former name become ours", () => {
    assert.deepEqual(adopted([entry("former", "Apply", data("a"))], "us", "former"), [
      entry("us", "Apply", data("a")),
    ]);
  });

  it("are left alone where none is a predecessor", () => {
    assert.equal(
      adopted([entry("us", "Apply", {}), entry("helm", "Update", {})], "us", "us"),
      undefined,
    );
  });

  it("own fields", () => {
    const entries = [
      entry("us", "Apply", { "f:spec": { "f:replicas": {} } }),
      entry("us", "Update", data("a")),
    ];
    assert.ok(owns(entries, "us", ["spec", "replicas"]));
    assert.ok(owns(entries, "us", ["spec"]));
    assert.ok(!owns(entries, "us", ["data", "a"]));
    assert.ok(!owns(entries, "them", ["spec"]));
  });

  it("in conflict are named with their fields and the way out", () => {
    const causes = [
      {
        reason: "FieldManagerConflict",
        message: 'conflict with "kubectl" with subresource "scale" using apps/v1',
        field: ".spec.replicas",
      },
      { reason: "Other", message: "x", field: ".y" },
    ];
    const error = new ApiError(409, JSON.stringify({ message: "conflict", details: { causes } }));
    assert.deepEqual(conflicts(error), [{ manager: "kubectl", field: ".spec.replicas" }]);
    const text = explainConflicts("Deployment n/a", conflicts(error));
    assert.match(
      text,
      /^Deployment n\/a has fields .*\n {2}\.spec\.replicas is held by "kubectl"\n/,
    );
    assert.match(text, /ignoreChanges[^]*pulumi.com\/patchForce: "true"[^]*enablePatchForce/);
  });
});

describe("answers of an API server", () => {
  const of = (http: number, body: object): ApiError => new ApiError(http, JSON.stringify(body));

  it("say what is the matter", () => {
    assert.ok(of(404, { details: { kind: "namespaces" } }).isNamespaceMissing);
    assert.ok(!of(404, { details: { kind: "pods" } }).isNamespaceMissing);
    assert.ok(of(429, {}).isPassing);
    assert.ok(of(500, { message: "etcdserver: leader changed" }).isPassing);
    assert.ok(!of(500, { message: "nil pointer" }).isPassing);
    assert.equal(of(422, { message: "it is invalid" }).message, "it is invalid");
    assert.match(new ApiError(502, "<html>bad gateway").message, /answered 502: <html>bad gateway/);
  });

  it("that do not come say where they were expected", () => {
    const connection = {
      server: new URL("https://api:6443"),
      context: "prod",
      access: () => Promise.reject(new Error()),
    };
    const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    const error = new ConnectionError(connection, refused);
    assert.equal(
      error.message,
      'the Kubernetes API at https://api:6443 (context "prod") cannot be reached: connect ECONNREFUSED',
    );
    const slow = Object.assign(new Error("aborted"), { name: "TimeoutError" });
    assert.match(new ConnectionError(connection, slow).message, /no answer in time/);
  });
});

describe("where objects are", () => {
  it("follows from their kind", () => {
    const deployment = { apiVersion: "apps/v1", plural: "deployments", namespaced: true };
    const node = { apiVersion: "v1", plural: "nodes", namespaced: false };
    assert.equal(
      objectPath(deployment, { namespace: "n", name: "a" }),
      "/apis/apps/v1/namespaces/n/deployments/a",
    );
    assert.equal(
      objectPath(deployment, { name: "a" }),
      "/apis/apps/v1/namespaces/default/deployments/a",
    );
    assert.equal(
      objectPath(node, { namespace: "n", name: "system:a/b" }),
      "/api/v1/nodes/system%3Aa%2Fb",
    );
    assert.equal(collectionPath(deployment), "/apis/apps/v1/deployments");
  });

  it("is what their ids say", () => {
    for (const id of ["n/a", "a"]) assert.equal(idOf(parseId(id)), id);
    assert.deepEqual(parseToken("kubernetes:core/v1:Pod"), { apiVersion: "v1", kind: "Pod" });
    assert.deepEqual(parseToken("kubernetes:apps/v1:Deployment"), {
      apiVersion: "apps/v1",
      kind: "Deployment",
    });
  });
});

describe("a deletion", () => {
  const reference = (
    apiVersion: string,
    kind: string,
  ): { apiVersion: string; kind: string; name: string } => ({
    apiVersion,
    kind,
    name: "a",
  });

  it("takes what the object owns first, where it owns something", () => {
    assert.equal(propagationPolicy(undefined, reference("apps/v1", "Deployment")), "Foreground");
    assert.equal(
      propagationPolicy(undefined, reference("example.invalid/v1", "Valve")),
      "Background",
    );
    assert.equal(propagationPolicy(undefined, reference("v1", "ConfigMap")), "Background");
    assert.equal(
      propagationPolicy(undefined, reference("networking.k8s.io/v1", "Ingress")),
      "Background",
    );
  });

  it("goes as the program says", () => {
    assert.equal(propagationPolicy("orphan", reference("apps/v1", "Deployment")), "Orphan");
    assert.equal(propagationPolicy("Background", reference("apps/v1", "Deployment")), "Background");
    assert.equal(propagationPolicy("nonsense", reference("v1", "ConfigMap")), "Background");
  });

  it("is waited for, unless the program does not wait for a workload", () => {
    assert.ok(waitsForDeletion(reference("apps/v1", "Deployment"), false));
    assert.ok(!waitsForDeletion(reference("apps/v1", "Deployment"), true));
    assert.ok(waitsForDeletion(reference("v1", "Service"), true));
  });
});
