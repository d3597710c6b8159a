import * as assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { load } from "js-yaml";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { paths } from "../../../../sandbox/cluster/context";
import { authorities, identities, users } from "../../../../sandbox/cluster/pki/identities";
import { ensurePki } from "../../../../sandbox/cluster/pki/pki";
import type { Ports } from "../../../../sandbox/cluster/ports";

const ports: Ports = {
  apiserver: 20001,
  registry: 20002,
  ingress: 20003,
  etcd: 20004,
  etcdPeer: 20005,
  controllerManager: 20006,
  scheduler: 20007,
  kwok: 20008,
  ingressTls: 20009,
};
const now = new Date("2026-01-01T00:00:00Z");
const later = (days: number) => new Date(now.getTime() + days * 86_400_000);

describe("certificates of the sandbox", () => {
  const place = { name: "test", id: "0123abcd", cache: "/nowhere" };
  let layout: Parameters<typeof ensurePki>[0];
  let pki: ReturnType<typeof paths>["pki"];
  let kubeconfig: ReturnType<typeof paths>["kubeconfig"];
  const certificate = (name: string) => new X509Certificate(readFileSync(pki(`${name}.crt`)));
  const everything = () =>
    readdirSync(pki("")).map((name) => [name, readFileSync(pki(name), "utf8")]);
  let fingerprint = "";

  const made = mkdtempSync(join(tmpdir(), "slipway-pki-made-"));

  before(async () => {
    fingerprint = await ensurePki({ ...place, state: made }, ports, now);
  });
  beforeEach(() => {
    layout = { ...place, state: mkdtempSync(join(tmpdir(), "slipway-pki-")) };
    cpSync(made, layout.state, { recursive: true });
    ({ pki, kubeconfig } = paths(layout));
  });
  afterEach(() => {
    rmSync(layout.state, { recursive: true });
  });
  after(() => {
    rmSync(made, { recursive: true });
  });

  it("are signed by the authority of their kind, and by no other", () => {
    for (const { name, authority } of identities) {
      for (const signer of authorities) {
        const verified = certificate(name).verify(certificate(signer).publicKey);
        assert.equal(verified, signer === authority, `${name} by ${signer}`);
      }
    }
  });

  const subjects: [name: string, subject: string][] = [
    ["super-admin", "O=system:masters\nCN=slipway:super-admin"],
    ["admin", "O=slipway:cluster-admins\nCN=slipway:admin"],
    ["kubelet", "O=system:nodes\nCN=system:node:slipway-1"],
    ["controller-manager", "CN=system:kube-controller-manager"],
    ["scheduler", "CN=system:kube-scheduler"],
    ["kube-proxy", "CN=system:kube-proxy"],
    ["coredns", "CN=slipway:coredns"],
    ["nodeports", "CN=slipway:nodeports"],
  ];
  for (const [name, subject] of subjects) {
    it(`names ${name} ${JSON.stringify(subject)}`, () => {
      assert.equal(certificate(name).subject, subject);
    });
  }

  it("are good for the names and addresses of each server, and for being a client only else", () => {
    const clientAuth = "1.3.6.1.5.5.7.3.2";
    const serverAuth = "1.3.6.1.5.5.7.3.1";
    for (const { name, hosts = [], usage } of identities) {
      const uses = { client: [clientAuth], server: [serverAuth], both: [serverAuth, clientAuth] };
      assert.deepEqual(certificate(name).keyUsage, uses[usage], name);
      for (const host of hosts) {
        const found = certificate(name).checkHost(host) ?? certificate(name).checkIP(host);
        assert.equal(found, host, `${name} for ${host}`);
      }
      assert.equal(certificate(name).ca, false);
    }
    const alternative = certificate("apiserver").subjectAltName ?? "";
    for (const address of ["127.0.0.1", "10.240.0.1", "10.242.0.1"]) {
      assert.ok(alternative.includes(`IP Address:${address}`), address);
    }
  });

  it("fit their keys, which only the owner may read", () => {
    for (const entry of readdirSync(pki(""))) {
      assert.equal(statSync(pki(entry)).mode & 0o777, 0o600, entry);
    }
    assert.equal(statSync(pki("")).mode & 0o777, 0o700);
    for (const { name } of users) {
      assert.equal(statSync(kubeconfig(name)).mode & 0o777, 0o600, name);
    }
  });

  it("are in kubeconfigs that need no other file and check the server", () => {
    for (const { name } of users) {
      const text = readFileSync(kubeconfig(name), "utf8");
      assert.doesNotMatch(text, /insecure|http:\/\//);
      const config = load(text) as {
        clusters: { cluster: Record<string, string> }[];
        users: { user: Record<string, string> }[];
      };
      const [cluster] = config.clusters;
      const [user] = config.users;
      const decoded = (value = "") => Buffer.from(value, "base64").toString("utf8");
      assert.equal(cluster?.cluster["server"], "https://127.0.0.1:20001");
      assert.equal(
        decoded(cluster.cluster["certificate-authority-data"]),
        readFileSync(pki("ca.crt"), "utf8"),
      );
      assert.equal(
        decoded(user?.user["client-certificate-data"]),
        readFileSync(pki(`${name}.crt`), "utf8"),
      );
      assert.equal(
        decoded(user?.user["client-key-data"]),
        readFileSync(pki(`${name}.key`), "utf8"),
      );
    }
  });

  it("stay what they are as long as they serve", async () => {
    const before = everything();
    assert.equal(await ensurePki(layout, ports, later(300)), fingerprint);
    assert.deepEqual(everything(), before);
  });

  it("are renewed a month before their end, by the same authority", async () => {
    const authority = readFileSync(pki("ca.crt"), "utf8");
    const token = readFileSync(pki("service-account.key"), "utf8");
    const renewed = await ensurePki(layout, ports, later(340));
    assert.notEqual(renewed, fingerprint);
    assert.equal(readFileSync(pki("ca.crt"), "utf8"), authority);
    assert.equal(readFileSync(pki("service-account.key"), "utf8"), token);
    assert.ok(new Date(certificate("kubelet").validTo) > later(365 + 300));
  });

  it("are renewed altogether before their authority ends", async () => {
    const authority = readFileSync(pki("ca.crt"), "utf8");
    await ensurePki(layout, ports, later(3650 - 380));
    assert.notEqual(readFileSync(pki("ca.crt"), "utf8"), authority);
    assert.equal(certificate("admin").verify(certificate("ca").publicKey), true);
  });
});
