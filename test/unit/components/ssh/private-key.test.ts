import assert from "node:assert/strict";
import { privateKeyFile, privateKeyProblem } from "../../../../components/shared/ssh";
import { makeEncryptedKey, makeKey } from "../../../support/ssh-server";

describe("a private key that somebody has pasted", () => {
  const { private: key, public: half } = makeKey();
  const windows = key.replaceAll("\n", "\r\n");
  const cases: [what: string, text: string, problem: string | undefined][] = [
    ["as it was made", key, undefined],
    ["with the line ends of Windows", windows, undefined],
    ["with empty lines before it", `\n\n${key}`, undefined],
    ["without the newline at its end", key.trim(), undefined],
    [
      "all on one line",
      key.replaceAll("\n", ""),
      "it is neither in OpenSSH's format nor a PEM key",
    ],
    [
      "with a passphrase",
      makeEncryptedKey("correct horse").private,
      "it is encrypted, and no passphrase is given",
    ],
    ["of which it is the public half", half, "it is a public key: the private one is wanted"],
    ["that is empty", "", "it is neither in OpenSSH's format nor a PEM key"],
  ];
  for (const [what, text, problem] of cases) {
    it(`${what}: ${problem ?? "is taken"}`, () => {
      assert.equal(privateKeyProblem(text), problem);
    });
  }

  it("is written as OpenSSH's programs want it, whatever came before, behind and between", () => {
    for (const text of [windows, `\n\n${key}`, key.trim()]) {
      assert.equal(privateKeyFile(text), `${key.trim()}\n`);
    }
  });
});
