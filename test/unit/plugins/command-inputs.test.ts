import * as assert from "node:assert/strict";
import { judgeChanges } from "../../../sandbox/plugins/command/changes";
import { check } from "../../../sandbox/plugins/command/check";
import { SecretMask } from "../../../sandbox/plugins/command/secrets";
import { type Properties, reveal, Secret, unknown } from "../../../sandbox/plugins/rpc/values";
import { makeEncryptedKey, makeKey } from "../../support/ssh-server";

const signature = "4dabf18193072939515e22adb298388d";
const asset = (fields: Properties): Properties => ({
  [signature]: "c44067f5952c0a294b673a41bacd8c17",
  ...fields,
});
const remote = "command:remote:Command";
const copy = "command:remote:CopyToRemote";

describe("inputs of the command plugin", () => {
  it("get the defaults of a connection, also behind a proxy, and are secret where they let in", () => {
    const { private: key } = makeKey();
    const connection = { host: "h", privateKey: key, proxy: { host: "p", password: "w" } };
    const { inputs, failures } = check(remote, { connection, create: "x" });
    assert.deepEqual(failures, []);
    const checked = inputs["connection"];
    assert.ok(checked instanceof Secret);
    const defaults = { port: 22, user: "root", dialErrorLimit: 10, perDialTimeout: 15 };
    assert.deepEqual(reveal(checked), {
      host: "h",
      privateKey: key,
      ...defaults,
      proxy: { host: "p", password: "w", ...defaults },
    });
    const fields = checked.value as Properties;
    assert.ok(fields["privateKey"] instanceof Secret);
    assert.ok((fields["proxy"] as Properties)["password"] instanceof Secret);
    assert.equal(inputs["create"], "x");
  });

  it("keep what is given, also nought, and leave out null", () => {
    const connection = { host: "h", dialErrorLimit: 0, perDialTimeout: 0, password: null };
    const { inputs } = check(remote, { connection, environment: {}, triggers: [], stdin: null });
    const { dialErrorLimit, perDialTimeout, ...rest } = reveal(
      inputs["connection"] as Secret,
    ) as Record<string, unknown>;
    assert.deepEqual([dialErrorLimit, perDialTimeout], [0, 0]);
    assert.ok(!("password" in rest));
    assert.deepEqual(Object.keys(inputs).sort(), ["connection", "environment", "triggers"]);
  });

  it("may be unknown or secret at any place", () => {
    const { inputs, failures } = check(remote, {
      connection: new Secret({ host: unknown, hostKey: unknown }),
      create: new Secret("x"),
      environment: { A: unknown, B: new Secret("b") },
      triggers: unknown,
    });
    assert.deepEqual(failures, []);
    assert.ok(inputs["create"] instanceof Secret);
    assert.deepEqual(check(remote, { connection: unknown }).failures, []);
  });

  const wrong: Record<string, [string, Properties, string, RegExp]> = {
    "without a connection": [remote, { create: "x" }, "connection", /missing/],
    "without a host": [remote, { connection: {} }, "connection.host", /missing/],
    "with an invalid host key": [
      remote,
      { connection: { host: "h", hostKey: "SHA256:abc" } },
      "connection.hostKey",
      /a public key as/,
    ],
    "with half a private key": [
      remote,
      { connection: { host: "h", privateKey: new Secret(makeKey().private.slice(0, 200)) } },
      "connection.privateKey",
      /a whole private key/,
    ],
    "with a public key for a private one": [
      remote,
      { connection: { host: "h", privateKey: makeKey().public } },
      "connection.privateKey",
      /a whole private key/,
    ],
    "with a proxy without a host": [
      remote,
      { connection: { host: "h", proxy: {} } },
      "connection.proxy.host",
      /missing/,
    ],
    "with a mistyped property": [
      "command:local:Command",
      { craete: "x" },
      "craete",
      /did you mean create\?/,
    ],
    "with a property of the other kind of command": [
      remote,
      { connection: { host: "h" }, dir: "/" },
      "dir",
      /no such property; there are/,
    ],
    "with a number as a variable": [
      "command:local:Command",
      { environment: { PORT: 80 } },
      "environment.PORT",
      /a text/,
    ],
    "with a number in a list of texts": [
      "command:local:Command",
      { interpreter: ["sh", 1] },
      "interpreter[1]",
      /a text/,
    ],
    "with an unknown logging": ["command:local:Command", { logging: "all" }, "logging", /one of/],
    "of a function without a command": ["command:local:run", {}, "command", /missing/],
    "with a source from elsewhere": [
      copy,
      { connection: { host: "h" }, remotePath: "/x", source: asset({ uri: "https://x.invalid" }) },
      "source",
      /a FileAsset, a StringAsset or a FileArchive/,
    ],
  };
  for (const [title, [token, inputs, property, reason]] of Object.entries(wrong)) {
    it(`are refused ${title}`, () => {
      const { failures } = check(token, inputs);
      assert.deepEqual(
        failures.map((failure) => failure.property),
        [property],
      );
      assert.match(failures[0]?.reason ?? "", reason);
    });
  }

  it("are refused for what the plugin does not have, with what it has", () => {
    assert.throws(() => check("command:remote:CopyFile", {}), /which has command:local:Command/);
  });
});

describe("an encrypted private key", () => {
  const encryptedKey = makeEncryptedKey("open");
  it("is taken as it is: whether the passphrase opens it shows when it is used", () => {
    const connection = {
      host: "h",
      privateKey: encryptedKey.private,
      privateKeyPassword: "wrong",
    };
    assert.deepEqual(check(remote, { connection }).failures, []);
  });
});

describe("changes for the command plugin", () => {
  const paths = (token: string, olds: Properties, news: Properties): string[] =>
    judgeChanges(token, { olds, news, ignored: [] }).map(
      ({ path, kind, replaces }) => `${kind} ${path.join(".")}${replaces ? " (replaces)" : ""}`,
    );

  it("are updates, and replacements where a trigger differs", () => {
    const olds = { connection: { host: "a" }, create: "x", triggers: [1, 2] };
    const news = { connection: { host: "b" }, create: "y", triggers: [1, 3] };
    assert.deepEqual(paths(remote, olds, news), [
      "update connection.host",
      "update create",
      "update triggers.1 (replaces)",
    ]);
    assert.deepEqual(paths(remote, { triggers: [1] }, {}), ["delete triggers (replaces)"]);
  });

  it("are none where only outputs or the version differ", () => {
    const inputs = { create: "x", stdin: new Secret("s") };
    assert.deepEqual(
      paths(remote, { ...inputs, stdout: "o", version: "1.2.1" }, { ...inputs, stdin: "s" }),
      [],
    );
  });

  it("take a file for its content, wherever it lies", () => {
    const source = (hash: string, path: string): Properties => ({ source: asset({ hash, path }) });
    assert.deepEqual(paths(copy, source("1", "a"), source("1", "b")), []);
    assert.deepEqual(paths(copy, source("1", "a"), source("2", "a")), ["update source"]);
    const triggers = (hash: string): Properties => ({ triggers: [asset({ hash, path: "a" })] });
    assert.deepEqual(paths(copy, triggers("1"), triggers("1")), []);
    assert.deepEqual(paths(copy, triggers("1"), triggers("2")), ["update triggers.0 (replaces)"]);
  });
});

describe("secrets of the command plugin", () => {
  const { private: key } = makeKey();
  const connection = new Secret({
    host: "host.example",
    user: "operator",
    privateKey: new Secret(key),
    proxy: { host: "bastion.example", password: "of the bastion" },
  });
  const inputs = { connection, stdin: new Secret("line of a longer secret\nshort\n"), create: "x" };

  it("are blotted out whole, and line by line", () => {
    const secrets = new SecretMask(inputs, { stdout: new Secret("printed before") });
    const body = key.split("\n")[1] ?? "";
    const text = `a ${body} b line of a longer secret c of the bastion d printed before e short`;
    assert.equal(secrets.redact(text), "a [secret] b [secret] c [secret] d [secret] e short");
  });

  it("do not hide user and host", () => {
    const secrets = new SecretMask(inputs, {});
    const text = "operator@host.example through bastion.example";
    assert.equal(secrets.redact(text), text);
  });

  it("make an output secret that holds one, and no other", () => {
    const secrets = new SecretMask(inputs, {});
    assert.ok(secrets.mark("x of the bastion y") instanceof Secret);
    assert.equal(secrets.mark("nothing here"), "nothing here");
  });
});
