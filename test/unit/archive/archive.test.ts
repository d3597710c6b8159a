import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readlinkSync, rmSync, existsSync, readdirSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { archiveOf, fileName, type Archived } from "../../../src/archive/archive";
import { writeArchive } from "../../../src/archive/target";
import { whole } from "../../support/archive";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const secret = (ciphertext: string) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  ciphertext,
});

interface Options {
  slot?: string;
  annotations?: object;
  image?: string;
}
const labels = (slot?: string) => ({
  "slipway/project": "Shop.Api",
  ...(slot === undefined ? {} : { "slipway/slot": slot }),
});
const metadata = (name: string, more: object = {}) => ({ name, namespace: "shop-uat", ...more });
const resource = (kind: string, inputs: object) => ({
  type: `kubernetes:x/v1:${kind}`,
  custom: true,
  inputs: { apiVersion: "x/v1", kind, ...inputs },
});
const deployment = (name: string, { slot = "a", annotations = {}, image = "a" }: Options = {}) =>
  resource("Deployment", {
    metadata: metadata(name, { labels: labels(slot), annotations }),
    spec: {
      template: {
        spec: {
          imagePullSecrets: [{ name: "registry" }],
          containers: [
            {
              image: `harbor:8080/back/shop.api@${digest(image)}`,
              env: [
                { name: "ON", value: "yes" },
                { name: "NUMBER", value: "1_000" },
                { name: "OCTAL", value: "0755" },
                { name: "DB", valueFrom: { secretKeyRef: { name: "shop-api-1a", key: "DB" } } },
              ],
            },
          ],
        },
      },
    },
  });
const service = (slot: string) =>
  resource("Service", {
    metadata: metadata("shop-api", { labels: labels() }),
    spec: { selector: { app: "shop-api", "slipway/slot": slot } },
  });
const state = (...resources: object[]) => ({ version: 3, deployment: { resources } });
const only = (files: Archived[]): Archived => {
  const [file] = files;
  assert.ok(file !== undefined && files.length === 1);
  return file;
};

describe("the archive of a state", () => {
  it("has a file for each project, and one for what they depend on", () => {
    const files = archiveOf(
      state(
        { type: "pulumi:pulumi:Stack", custom: false },
        resource("Namespace", { metadata: { name: "shop-uat" } }),
        deployment("shop-api", {
          annotations: { "slipway/tag": "v1.0.0", "slipway/commit": "3fdd00f1234" },
        }),
        service("a"),
      ),
      "uat",
    );
    assert.deepEqual(
      files.map(({ path, link }) => [path.replace(/[0-9a-f]{8}\.yaml/, "HASH.yaml"), link]),
      [
        ["Shop.Api/uat/v1.0.0-aaaaaaaa-3fdd00f.yaml", "Shop.Api/uat.yaml"],
        ["_platform/uat/HASH.yaml", "_platform/uat.yaml"],
      ],
    );
  });

  it("is named after the version that serves", () => {
    const tagged = (tag: string) => ({ annotations: { "slipway/tag": tag } });
    const both = [
      deployment("shop-api", { slot: "a", ...tagged("v1.0.0-7-3fdd00f") }),
      deployment("shop-api--b", { slot: "b", ...tagged("v1.0.0-8-746284e") }),
    ];
    const serving = (slot: string) => only(archiveOf(state(...both, service(slot)), "uat")).path;
    assert.equal(serving("a"), "Shop.Api/uat/v1.0.0-7-3fdd00f.yaml");
    assert.equal(serving("b"), "Shop.Api/uat/v1.0.0-8-746284e.yaml");
  });

  it("is the same text whatever the order of the state", () => {
    const parts = [deployment("shop-api"), deployment("shop-api--b", { slot: "b" }), service("a")];
    const texts = [parts, [...parts].reverse()].map(
      (all) => only(archiveOf(state(...all), "uat")).text,
    );
    assert.equal(texts[0], texts[1]);
  });

  it("writes the state by the rules with which kubectl reads", () => {
    const given = deployment("shop-api");
    const { text } = only(archiveOf(state(given), "uat"));
    const [read] = parseAllDocuments(text, { version: "1.1" }).map(
      (document) => document.toJS() as unknown,
    );
    assert.deepEqual(read, given.inputs);
    assert.match(text, /value: "yes"/);
    assert.match(text, /value: "1_000"/);
    assert.match(text, /value: "0755"/);
  });

  it("puts dependencies first", () => {
    const kinds = [
      "Ingress",
      "Deployment",
      "Service",
      "NetworkPolicy",
      "ConfigMap",
      "ServiceAccount",
      "Namespace",
    ];
    const { text } = only(
      archiveOf(state(...kinds.map((kind) => resource(kind, { metadata: { name: "x" } }))), "uat"),
    );
    assert.deepEqual(
      [...text.matchAll(/^kind: (.*)$/gm)].map(([, kind]) => kind),
      [
        "Namespace",
        "ServiceAccount",
        "ConfigMap",
        "NetworkPolicy",
        "Service",
        "Deployment",
        "Ingress",
      ],
    );
  });

  it("holds no secret, and names those that must be there", () => {
    const secrets = resource("Secret", {
      metadata: metadata("shop-api-1a", { labels: labels() }),
      stringData: { DB: secret("v1:hidden") },
    });
    const leaky = resource("ConfigMap", {
      metadata: metadata("leaky", { labels: labels() }),
      data: { key: secret("v1:hidden") },
    });
    const { text } = only(archiveOf(state(secrets, leaky, deployment("shop-api")), "uat"));
    assert.doesNotMatch(text, /hidden|4dabf18193072939515e22adb298388d|kind: (Secret|ConfigMap)/);
    assert.match(
      text,
      /^# .*must be there first: registry \(to pull images\), shop-api-1a \(DB\)$/m,
    );
    assert.match(text, /^# Left out, because a secret is in it: ConfigMap leaky$/m);
  });

  it("has nothing of a project that was taken out", () => {
    const note = resource("ConfigMap", {
      metadata: metadata("shop-api--removed", {
        labels: { ...labels(), "slipway/removed": "true" },
      }),
    });
    assert.deepEqual(archiveOf(state(note), "uat"), []);
  });

  it("leaves out what only releases: checks, pulls, what is being deleted", () => {
    const passing = ["Job", "DaemonSet"].map((kind) =>
      resource(kind, { metadata: metadata("shop-api--x", { labels: labels() }) }),
    );
    const going = { ...resource("ConfigMap", { metadata: metadata("old") }), delete: true };
    const { text } = only(archiveOf(state(...passing, going, deployment("shop-api")), "uat"));
    assert.deepEqual(
      [...text.matchAll(/^kind: (.*)$/gm)].map(([, kind]) => kind),
      ["Deployment"],
    );
  });

  const names: [given: Parameters<typeof fileName>[0], name: string][] = [
    [{ tag: "v1.2.0-92-3fdd00f", digest: digest("a"), commit: "abc" }, "v1.2.0-92-3fdd00f"],
    [{ tag: "v1.2.0", digest: digest("a"), commit: "3fdd00fabc" }, "v1.2.0-aaaaaaaa-3fdd00f"],
    [{ tag: "develop.3fdd00f", digest: digest("b") }, "develop.3fdd00f-bbbbbbbb-uncommitted"],
    [{ digest: digest("c") }, "untagged-cccccccc-uncommitted"],
  ];
  for (const [given, name] of names) {
    it(`calls ${given.tag ?? "an image without a tag"} ${name}`, () => {
      assert.equal(fileName(given), name);
    });
  }
});

describe("an archive that is written", () => {
  let root = "";
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), "slipway-archive-test-"))));
  afterEach(() => {
    rmSync(root, { recursive: true });
  });
  const signature = { own: tmpdir(), stack: "uat", who: "Ann <ann@shop.example>" };
  const files = (...images: string[]) =>
    archiveOf(state(...images.map((image) => deployment("shop-api", { image }))), "uat");
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();

  it("links to the live version and keeps those before", () => {
    writeArchive(root, whole(files("a")), signature);
    const { changed } = writeArchive(root, whole(files("b")), signature);
    assert.deepEqual(changed, [
      "Shop.Api/uat.yaml",
      "Shop.Api/uat/untagged-bbbbbbbb-uncommitted.yaml",
    ]);
    assert.equal(
      readlinkSync(join(root, "Shop.Api/uat.yaml")),
      "uat/untagged-bbbbbbbb-uncommitted.yaml",
    );
    assert.equal(readdirSync(join(root, "Shop.Api/uat")).length, 2);
  });

  it("writes nothing twice, and takes the link away with the project", () => {
    writeArchive(root, whole(files("a")), signature);
    assert.deepEqual(writeArchive(root, whole(files("a")), signature).changed, []);
    assert.deepEqual(writeArchive(root, whole([]), signature).changed, ["Shop.Api/uat.yaml"]);
    assert.ok(existsSync(join(root, "Shop.Api/uat/untagged-aaaaaaaa-uncommitted.yaml")));
  });

  it("of one project leaves what the others run, and takes away only that one's link", () => {
    const other = files("c").map(({ path, link, ...rest }) => ({
      ...rest,
      path: path.replace("Shop.Api", "Shop.Web"),
      link: link.replace("Shop.Api", "Shop.Web"),
    }));
    writeArchive(root, whole([...files("a"), ...other]), signature);
    const gone = (domain: string) => domain === "Shop.Api";
    const seen: boolean[] = [];
    const { changed } = writeArchive(
      root,
      (has) => {
        seen.push(...["Shop.Api", "Shop.Web", "Shop.Db"].map(has));
        return { files: [], gone };
      },
      signature,
    );
    assert.deepEqual(changed, ["Shop.Api/uat.yaml"]);
    assert.deepEqual(seen, [true, true, false]);
  });

  it("is committed in its git repository, by who released", () => {
    git("init", "--quiet");
    const { commit } = writeArchive(root, whole(files("a")), signature);
    assert.equal(
      git("log", "--format=%H %an %ae %s"),
      `${commit ?? ""} Ann ann@shop.example What runs in uat`,
    );
    assert.equal(writeArchive(root, whole(files("a")), signature).commit, undefined);
  });

  it("is pushed to a bare repository, below what others have put there", () => {
    const bare = join(root, "bare.git");
    execFileSync("git", ["init", "--quiet", "--bare", bare]);
    writeArchive(bare, whole(files("a")), signature);
    writeArchive(bare, whole(files("b")), signature);
    const log = execFileSync("git", ["log", "--format=%s", "--all"], {
      cwd: bare,
      encoding: "utf8",
    });
    assert.equal(log, "What runs in uat\nWhat runs in uat\n");
  });

  it("is refused with the system's error if its folder is impossible", function () {
    if (process.platform !== "linux") this.skip();
    assert.throws(() => writeArchive("/proc/nope/archive", whole(files("a")), signature), {
      code: "ENOENT",
    });
  });

  it("is given up if its server accepts the request and does not answer", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const target = `git://127.0.0.1:${port}/archive.git`;
    try {
      assert.throws(
        () => writeArchive(target, whole(files("a")), { ...signature, timeout: 300 }),
        /^UserError: git clone .*: no answer for 0\.3 s$/,
      );
    } finally {
      server.close();
    }
  });

  it("refuses an address with a password in it, and does not repeat it", () => {
    assert.throws(
      () => writeArchive("https://ann:hunter2@git.example/x.git", whole(files("a")), signature),
      (error: Error) =>
        /an address without a password/.test(error.message) && !error.message.includes("hunter2"),
    );
  });
});
