import assert from "node:assert/strict";
import { certificateWarning, readCertificate } from "../../../../components/edge/certificates";
import { createAuthority, issue, type KeyPair } from "../../../../sandbox/cluster/pki/certificate";

const now = new Date("2026-11-22T12:00:00Z");
const host = "shop.example";
const fix =
  "the certificate first, then the chain, then its key, in PEM: pulumi config set --secret slipway:secrets.shopPem";

describe("a certificate of an edge", () => {
  let authority: KeyPair;
  let pair: KeyPair;
  let other: KeyPair;
  const issued = (names: string[], at = now): Promise<KeyPair> =>
    issue(
      authority,
      { name: "shop", authority: "ca", commonName: "shop", hosts: names, usage: "server" },
      at,
    );
  const read = (pem: string, name = host) => readCertificate(name, "shopPem", pem, now);
  const refusals = (pem: string, name = host): string[] =>
    read(pem, name).problems.map(({ allowed, fix: way }) => {
      assert.equal(way, fix);
      return allowed;
    });

  before(async () => {
    authority = await createAuthority("shop authority", now);
    pair = await issued([host, "*.shop.example"]);
    other = await issued([host]);
  });

  it("is known by what is public of it, and by its days", () => {
    const { spec, days, problems } = read(`${pair.certificate}${authority.certificate}${pair.key}`);
    assert.deepEqual(problems, []);
    assert.equal(days, 365);
    assert.match(spec?.fingerprint ?? "", /^[0-9a-f]{64}$/);
    assert.notEqual(read(`${other.certificate}${other.key}`).spec?.fingerprint, spec?.fingerprint);
  });

  it("may be for all directly below a domain", () => {
    assert.deepEqual(refusals(`${pair.certificate}${pair.key}`, "*.shop.example"), []);
  });

  it("is refused when it is invalid, without quoting it", () => {
    const none = "a secret that holds a certificate in PEM; this one holds none";
    assert.deepEqual(refusals("correct horse battery staple"), [none]);
    assert.deepEqual(refusals(pair.key), [none]);
    const broken = pair.certificate.replace(/\n.{20}/, "\nAAAAAAAAAAAAAAAAAAAA");
    assert.deepEqual(refusals(`${broken}${pair.key}`), [none]);
  });

  it("is refused without its key, and with another's", () => {
    assert.deepEqual(refusals(pair.certificate), [
      "a secret that holds the certificate's private key in PEM, without a password",
    ]);
    assert.deepEqual(refusals(`${pair.certificate}${other.key}`), [
      "the private key of the first certificate; this one is another's",
    ]);
  });

  it("is refused behind its authority's, and where a client would not read it", () => {
    assert.deepEqual(refusals(`${authority.certificate}${pair.certificate}${pair.key}`), [
      "the site's own certificate before all others: the key is that of a later one",
    ]);
    const trusted = pair.certificate.replaceAll("CERTIFICATE", "TRUSTED CERTIFICATE");
    assert.match(refusals(`${trusted}${pair.key}`).join(), /openssl x509 -clrtrust/);
  });

  const sound: [what: string, of: (pair: KeyPair) => string][] = [
    ["with its key first", ({ certificate, key }) => `${key}${certificate}`],
    [
      "with the line ends of Windows",
      (all) => `${all.certificate}${all.key}`.replace(/\n/g, "\r\n"),
    ],
    [
      "with words between",
      ({ certificate, key }) => `Bag Attributes\n  friendlyName: 商店\n${certificate}\n\n${key}`,
    ],
  ];
  for (const [what, of] of sound) {
    it(`is read ${what}`, () => {
      assert.deepEqual(read(of(pair)).problems, []);
    });
  }

  it("is good with an expired end of its chain, which is reported", async () => {
    const cross = await createAuthority("old root", new Date("2010-01-01T00:00:00Z"));
    const { problems, days, warnings } = read(`${pair.certificate}${cross.certificate}${pair.key}`);
    assert.deepEqual([problems, days], [[], 365]);
    assert.deepEqual(warnings.length, 1);
    assert.match(warnings.join(), /CN=old root in the chain of shop\.example ended at 20/);
  });

  it("is refused for another host name", () => {
    assert.deepEqual(refusals(`${other.certificate}${other.key}`, "admin.example"), [
      "a certificate for admin.example; this one is for shop.example",
    ]);
  });

  it("is refused when it has ended, and before it begins", async () => {
    const ended = await issued([host], new Date("2025-11-01T00:00:00Z"));
    assert.deepEqual(refusals(`${ended.certificate}${ended.key}`), [
      "a certificate that is valid now; this one ended at 2026-11-01T00:00:00.000Z",
    ]);
    const early = await issued([host], new Date("2026-12-01T00:00:00Z"));
    assert.deepEqual(refusals(`${early.certificate}${early.key}`), [
      "a certificate that is valid now; this one is not before Nov 30 23:00:00 2026 GMT",
    ]);
  });

  it("is spoken of while it has less than 30 days", () => {
    assert.equal(certificateWarning(host, 30), undefined);
    assert.equal(
      certificateWarning(host, 29),
      "the certificate of shop.example ends in 29 days; put the new one into its secret, then: pulumi up",
    );
  });
});
