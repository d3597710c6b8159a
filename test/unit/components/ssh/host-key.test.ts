import * as assert from "node:assert/strict";
import {
  fingerprint,
  offeredAlgorithms,
  readHostKey,
} from "../../../../components/shared/ssh/host-key";
import { makeKey } from "../../../support/ssh-server";

describe("a host key", () => {
  const base64 = "AAAAC3NzaC1lZDI1NTE5AAAAIHPMGMTpqOy2pQkTTOGDtLbVfFAKuXOLPAgEuOKNlYFI";
  const line = `ssh-ed25519 ${base64} root@host`;

  const texts: Record<string, string> = {
    "a line of a .pub file": line,
    "a line without a comment": `ssh-ed25519 ${base64}`,
    "a line of known_hosts": `10.0.0.1,host ssh-ed25519 ${base64}`,
    "a line with options": `command="echo \\"a b\\" c",no-pty  ssh-ed25519\t${base64} x`,
    "a line after comments and blank lines": `# keys\n\n   \nnonsense\r\n  ${line}\r\n`,
    "a line with a wrong word before the key": `ecdsa-sha2-nistp256 ${base64}`,
  };
  for (const [title, text] of Object.entries(texts)) {
    it(`is found in ${title}`, () => {
      const key = readHostKey(text);
      assert.equal(key?.type, "ssh-ed25519");
      assert.equal(key.blob.toString("base64"), base64);
    });
  }

  for (const text of [
    "",
    "# only a comment",
    "ssh-ed25519",
    "ssh-ed25519 not*base64",
    `x y ${line}`,
  ]) {
    it(`is not found in ${JSON.stringify(text)}`, () => {
      assert.equal(readHostKey(text), undefined);
    });
  }

  it("has the fingerprint that ssh-keygen prints", () => {
    const key = readHostKey(line);
    assert.ok(key);
    assert.equal(
      fingerprint(key),
      "ssh-ed25519 SHA256:5psj9n1CGfJJhHaMAx1kwULy35d0tQS4Au7cmrBU1ug",
    );
  });

  it("is requested first, and every other type after it", () => {
    const rsa = readHostKey(makeKey("rsa").public);
    const offered = offeredAlgorithms(rsa);
    assert.deepEqual(offered.slice(0, 3), ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"]);
    assert.deepEqual([...offered].sort(), [...offeredAlgorithms(undefined)].sort());
  });
});
