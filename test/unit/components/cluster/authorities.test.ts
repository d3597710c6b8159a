import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority } from "../../../../sandbox/cluster/pki/certificate";
import { authorityOf, readAuthorities } from "../../../../components/cluster/authorities";

describe("the authority of a registry", () => {
  const checkout = mkdtempSync(join(tmpdir(), "slipway-authorities-"));
  const now = new Date("2026-11-22T12:00:00Z");
  let certificate = "";
  const read = (file: string) => {
    const document = { file: "Pulumi.uat.yaml", value: undefined, prefix: "slipway:" };
    return readAuthorities({ checkout, document, files: { "harbor:8443": file }, now });
  };

  before(async () => {
    const pair = await createAuthority("harbor", now);
    certificate = pair.certificate.trim();
    const old = await createAuthority("old", new Date("2010-01-01T00:00:00Z"));
    const files = {
      "ca.pem": `what it is for\n${pair.key}\n${certificate}\n`,
      "key.pem": pair.key,
      "der.crt": "0\x82",
      "cut.pem": certificate.replace(/[A-Za-z0-9+/=]{30}\n-----END/, "\n-----END"),
      "old.pem": `${certificate}\n${old.certificate}`,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(checkout, name), text);
  });
  after(() => {
    rmSync(checkout, { recursive: true });
  });

  it("is its certificates, and nothing else of the file", () => {
    assert.deepEqual(read("ca.pem"), {
      authorities: { "harbor:8443": `${certificate}\n` },
      problems: [],
    });
    const files = { "harbor:8443": "ca.pem" };
    assert.equal(authorityOf(checkout, files, "harbor:8443"), `${certificate}\n`);
    assert.equal(authorityOf(checkout, files, "elsewhere"), undefined);
  });

  const refused: [file: string, allowed: RegExp][] = [
    ["none.pem", /^a file of this checkout$/],
    ["key.pem", /^certificates in PEM$/],
    ["der.crt", /^certificates in PEM$/],
    ["cut.pem", /^certificates in PEM$/],
    ["old.pem", /^certificates that hold: that of CN=old ended on Dec 30 .* 2019 GMT$/],
  ];
  for (const [file, allowed] of refused) {
    it(`is not read from ${file}`, () => {
      const { authorities, problems } = read(file);
      assert.deepEqual(authorities, {});
      const [problem, ...others] = problems;
      assert.deepEqual(others, []);
      assert.equal(problem?.path, "slipway:authorities.harbor:8443");
      assert.equal(problem.given, file);
      assert.match(problem.allowed, allowed);
      assert.ok((problem.fix?.length ?? 0) > 20);
    });
  }
});
