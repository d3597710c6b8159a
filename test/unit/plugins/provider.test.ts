import * as assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveContext } from "../../../sandbox/plugins/kubernetes/kubeconfig";
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
