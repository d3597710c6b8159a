import * as assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { UserError } from "../../../../components/shared/problem";
import { run, SshFailure, type SshHost } from "../../../../components/shared/ssh";
import { fingerprint, readHostKey } from "../../../../components/shared/ssh/host-key";
import { makeEncryptedKey, makeKey, silentPort, SshServer } from "../../../support/ssh-server";

async function failureOf(promise: Promise<unknown>): Promise<SshFailure> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SshFailure, `no SshFailure: ${String(error)}`);
  assert.ok(error instanceof UserError);
  return error;
}

const fingerprintOf = (line: string): string => {
  const key = readHostKey(line);
  assert.ok(key);
  return fingerprint(key);
};

describe("a command on a host", () => {
  let server: SshServer;
  before(async () => {
    server = await SshServer.start({ password: "pass word" });
  });
  after(() => server.close());
  beforeEach(() => {
    server.received.length = 0;
    server.logins.length = 0;
    server.answer = () => ({});
  });

  it("is run once, with its input, and returns its exit code and output", async () => {
    server.answer = ({ stdin }) => ({ code: 3, stdout: `out ${stdin}`, stderr: "err" });
    const result = await run(server.login(), "do it", "ünput");
    assert.deepEqual(result, {
      code: 3,
      stdout: "out ünput",
      stderr: "err",
      dropped: { stdout: 0, stderr: 0 },
    });
    assert.deepEqual(
      server.received.map(({ command, stdin }) => [command, stdin]),
      [["do it", "ünput"]],
    );
  });

  it("that a signal ended has the exit code of a shell", async () => {
    server.answer = () => ({ signal: "KILL" });
    const { code, signal } = await run(server.login(), "x");
    assert.deepEqual([code, signal], [137, "KILL"]);
  });

  it("keeps the start and the end of a flood, and reports how much is left out", async () => {
    server.answer = () => ({ stdout: Buffer.alloc(8 * 2 ** 20 + 1, "ä\n") });
    const { stdout, dropped } = await run(server.login(), "flood");
    assert.equal(dropped.stdout, 7 * 2 ** 20 + 1);
    assert.ok(Buffer.byteLength(stdout) < 2 ** 20 + 100);
    const [start = "", end = ""] = stdout.split("\n[7.0 MiB left out here]\n");
    assert.match(start, /^ä\n(?:ä\n)*ä?$/);
    assert.match(end, /^(?:ä?\n)(?:ä\n)*$/);
  });

  it("runs on many hosts at once", async () => {
    const servers = await Promise.all(Array.from({ length: 12 }, () => SshServer.start()));
    const results = await Promise.all(
      servers.map((one, index) => {
        one.answer = () => ({ stdout: `${index}` });
        return run(one.login(), "who");
      }),
    );
    assert.deepEqual(
      results.map(({ stdout }) => stdout),
      servers.map((_, index) => `${index}`),
    );
    await Promise.all(servers.map((one) => one.close()));
  });

  describe("gets in", () => {
    const encrypted = makeEncryptedKey("open");
    const pkcs8 = (passphrase?: string): { private: string; public: string } => {
      const { privateKey } = generateKeyPairSync("ed25519");
      const { x = "" } = privateKey.export({ format: "jwk" });
      const head = Buffer.from("0000000b7373682d6564323535313900000020", "hex");
      const blob = Buffer.concat([head, Buffer.from(x, "base64url")]).toString("base64");
      const text = privateKey.export({
        type: "pkcs8",
        format: "pem",
        ...(passphrase !== undefined && { cipher: "aes-256-cbc", passphrase }),
      });
      return { private: text as string, public: `ssh-ed25519 ${blob}` };
    };
    const ways: Record<string, [{ private: string; public: string }, Partial<SshHost>]> = {
      "by an RSA key": [makeKey("rsa"), {}],
      "by an ECDSA key": [makeKey("ecdsa"), {}],
      "by an encrypted key": [encrypted, { passphrase: "open" }],
      "by a PKCS#8 key": [pkcs8(), {}],
      "by an encrypted PKCS#8 key": [pkcs8("open"), { passphrase: "open" }],
    };
    for (const [title, [key, changes]] of Object.entries(ways)) {
      it(title, async () => {
        server.accept(key.public);
        for (const text of [key.private, `\r\n${key.private.trim().replaceAll("\n", "\r\n")}`]) {
          const { code } = await run(server.login({ privateKey: text, ...changes }), "x");
          assert.equal(code, 0);
        }
        assert.deepEqual([...new Set(server.logins)].sort(), ["root: none", "root: publickey"]);
      });
    }

    it("by a password after a key that is not taken", async () => {
      const { private: privateKey } = makeKey();
      const { code } = await run(server.login({ privateKey, password: "pass word" }), "x");
      assert.equal(code, 0);
    });
  });

  describe("is refused before anything is tried", () => {
    const encrypted = makeEncryptedKey("open");
    const cases: Record<string, [Partial<SshHost>, RegExp]> = {
      "without a host key": [{ hostKey: "nonsense" }, /hostKey holds no public key.*allowed: /s],
      "with half a private key": [
        { privateKey: encrypted.private.slice(0, 100) },
        /private key cannot be used: it is neither in OpenSSH's format nor a PEM key/,
      ],
      "with a damaged PKCS#8 key": [
        { privateKey: "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n" },
        /cannot be used: it is damaged: it cannot be read as PKCS#8/,
      ],
      "with a public key": [
        { privateKey: makeKey().public },
        /cannot be used: it is a public key: the private one is wanted/,
      ],
      "without the passphrase": [
        { privateKey: encrypted.private },
        /cannot be used: it is encrypted, and no passphrase is given/,
      ],
      "with a wrong passphrase": [
        { privateKey: encrypted.private, passphrase: "hush" },
        /cannot be used: the passphrase does not open it/,
      ],
    };
    for (const [title, [changes, message]] of Object.entries(cases)) {
      it(title, async () => {
        const { connections } = server;
        const error = await failureOf(run(server.login(changes), "x"));
        assert.equal(error.kind, "input");
        assert.equal(error.exitCode, 2);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /BEGIN OPENSSH|hush/);
        assert.equal(server.connections, connections);
      });
    }
  });

  it("stops at a host with another key, reports both and sends nothing", async () => {
    const expected = makeKey().public;
    const error = await failureOf(run(server.login({ hostKey: expected }), "x"));
    assert.equal(error.kind, "hostKey");
    assert.ok(
      error.message.startsWith(`root@127.0.0.1:${server.port}: the host shows another key`),
    );
    assert.ok(error.message.includes(`expected: ${fingerprintOf(expected)}`));
    assert.ok(error.message.includes(`found:    ${fingerprintOf(server.hostKey)}`));
    assert.deepEqual([server.logins, server.received], [[], []]);
  });

  it("stops at a host with a key of another type as well", async () => {
    const expected = makeKey("ecdsa").public;
    const error = await failureOf(run(server.login({ hostKey: expected }), "x"));
    assert.equal(error.kind, "hostKey");
    assert.match(error.message, /expected: ecdsa-sha2-nistp256 SHA256:.*found: +ssh-ed25519 SHA/s);
  });

  it("is refused with another key, and reports what was tried", async () => {
    const error = await failureOf(run(server.login({ privateKey: makeKey().private }), "x"));
    assert.equal(error.kind, "login");
    assert.match(
      error.message,
      /does not let us in\n +tried: +publickey \(ssh-ed25519\)\n +it takes: publickey, password\n/,
    );
  });

  it("is not let in without anything to show", async () => {
    const error = await failureOf(run(server.login({ privateKey: undefined }), "x"));
    assert.equal(error.kind, "login");
    assert.match(error.message, /tried: +nothing: no key, no password and no agent is given/);
  });

  it("is refused where nothing listens", async () => {
    const { port, close } = await silentPort();
    close();
    const error = await failureOf(run(server.login({ port }), "x"));
    assert.equal(error.kind, "refused");
    assert.match(error.message, new RegExp(`nothing listens on port ${port}`));
  });

  it("cannot reach a name that does not exist", async () => {
    const error = await failureOf(run(server.login({ host: "no-such-host.invalid" }), "x"));
    assert.equal(error.kind, "unreachable");
    assert.match(error.message, /no address is known for the name no-such-host\.invalid/);
  });

  it("does not wait for ever where something listens and does not answer", async () => {
    const { port, close } = await silentPort();
    const error = await failureOf(run(server.login({ port, connectSeconds: 0.2 }), "x"));
    close();
    assert.equal(error.kind, "unreachable");
    assert.match(error.message, /went silent: no handshake within 0\.2 s/);
  });

  it("that takes too long is stopped there", async () => {
    server.answer = () => ({ hangs: true, stderr: "half done" });
    const error = await failureOf(run(server.login({ timeoutSeconds: 0.5 }), "sleep"));
    assert.equal(error.kind, "timeout");
    assert.match(
      error.message,
      /took more than 0\.5 s and was told to stop\n +last output: half done/,
    );
    assert.deepEqual(server.received[0]?.signals, ["TERM"]);
  });

  it("that hears no signal is ended by a second command", async () => {
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    server.answer = ({ command }) => {
      if (command !== "deaf") end();
      return command === "deaf" ? { until: ended } : {};
    };
    const error = await failureOf(run(server.login({ timeoutSeconds: 0.2 }), "deaf"));
    assert.equal(error.kind, "timeout");
    assert.match(
      server.received[1]?.command ?? "",
      /^SIGNAL=TERM\n[^]*kill -s "\$SIGNAL" -- "-\$pid"/,
    );
  });

  it("whose connection breaks reports that its end is not known", async () => {
    server.answer = () => ({ stdout: "so far", lost: true });
    const error = await failureOf(run(server.login(), "x"));
    assert.equal(error.kind, "lost");
    assert.match(error.message, /how it ended is not known\n +last output: so far/);
  });
});
