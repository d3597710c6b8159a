import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  commitFacts,
  freezeOfChange,
  lifting,
  rejecting,
  underWayOverride,
  wayBackOverride,
  wholeDigest,
} from "../../../src/gates/release";
import { promoted, type PromoteArgs } from "../../../src/gates/promote";
import type { StackFile } from "../../../src/records/stack-file";
import type { ReleaseRecord } from "../../../src/records/record";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const at = "2026-11-20T09:00:00Z";
const verified = { by: "qa@shop.example", at };
const record: ReleaseRecord = {
  digest: digest("a"),
  tag: "release-1.0.0.3fdd00f",
  commit: "3fdd00f",
  verified,
  slot: "b",
  replicas: 3,
  author: "Ann <ann@shop.example>",
};
const promotion = { from: "uat", verified: true, tag: "vX.Y.Z[-hotfixN]", approval: true };
const base: PromoteArgs = {
  project: "Web",
  from: "uat",
  to: "prod",
  record,
  promotion,
  by: "bob@x",
  approver: "eve@x",
  at,
  facts: { known: true, tags: ["nightly", "v1.0.0-hotfix1", "v1.0.0"] },
};
const target = (args: Partial<PromoteArgs>) => {
  const result = promoted({ ...base, ...args });
  assert.ok("target" in result, JSON.stringify(result));
  return result.target;
};
const refusedFor = (args: Partial<PromoteArgs>) => {
  const result = promoted({ ...base, ...args });
  assert.ok("problems" in result);
  return result.problems.map(({ path, fix }) => [path, fix]);
};

describe("a promotion", () => {
  it("takes along the same image with a release tag of its commit, verification and approval; nothing of the stack", () => {
    assert.deepEqual(target({}), {
      digest: record.digest,
      tag: "v1.0.0-hotfix1",
      commit: "3fdd00f",
      author: record.author,
      promoted: { from: "uat", by: "bob@x", at, verified },
      approved: { by: "eve@x", at },
    });
  });

  it("keeps a tag that is a release's already", () => {
    assert.equal(target({ record: { ...record, tag: "v1.0.0" } }).tag, "v1.0.0");
  });

  it("uses the image's own tag if the repository is not available", () => {
    const facts = { known: false, tags: [] };
    assert.equal(target({ facts, record: { ...record, tag: "v1.0.0" } }).tag, "v1.0.0");
  });

  it("asks git for the author that the record does not name", () => {
    const anonymous = { ...record, author: undefined };
    const facts = { ...base.facts, author: "Ann <ann@shop.example>" };
    assert.equal(target({ record: anonymous, facts }).author, "Ann <ann@shop.example>");
  });

  it("asks a stack without slipway:promotion for nothing but proof", () => {
    const { tag, approved } = target({ promotion: undefined });
    assert.deepEqual([tag, approved], [record.tag, undefined]);
  });

  it("reports all objections", () => {
    const unproven = { ...record, verified: undefined };
    const next = { digest: digest("b"), strategy: { kind: "rolling" }, step: "prove" } as const;
    assert.deepEqual(
      refusedFor({ record: { ...unproven, next }, facts: { known: true, tags: [] } }),
      [
        [
          "slipway:releases.Web.next",
          `finish it with: slipway release Web --digest ${digest("b")} --stack uat; or take it back with: slipway rollback Web --stack uat`,
        ],
        ["slipway:releases.Web.verified", "slipway verify Web --stack uat"],
        ["slipway:releases.Web.tag", "git tag v1.2.3 3fdd00f, then push the tag and promote again"],
      ],
    );
  });

  it("of uncommitted code names the way by a commit, and not a tag that it may have", () => {
    const uncommitted = { ...record, commit: undefined, tag: "develop" };
    const [[path, fix] = [], ...more] = refusedFor({
      record: uncommitted,
      facts: { known: false, tags: [] },
    });
    assert.equal(path, "slipway:releases.Web.commit");
    assert.match(fix ?? "", /uncommitted code.*--commit TAG --stack uat, slipway verify Web/);
    assert.deepEqual(more, []);
  });

  it("needs somewhere to come from", () => {
    const path = [
      ["slipway:releases.Web", "release it there first: slipway release Web --stack uat …"],
    ];
    assert.deepEqual(refusedFor({ record: undefined }), path);
    assert.deepEqual(refusedFor({ record: { ...record, removed: true } }), path);
  });
});

describe("what git knows of a commit", () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-facts-"));
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: folder, encoding: "utf8" }).trim();
  before(() => {
    git("init", "--quiet");
    const ann = ["-c", "user.name=Ann", "-c", "user.email=ann@shop.example"];
    git(...ann, "commit", "--quiet", "--allow-empty", "--message", "one");
    git("tag", "v1.0.0");
    git("tag", "v1.0.0-hotfix1");
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("are its tags and its author", () => {
    const facts = commitFacts(folder, git("rev-parse", "--short", "HEAD"));
    assert.deepEqual(facts.tags.sort(), ["v1.0.0", "v1.0.0-hotfix1"]);
    assert.deepEqual([facts.known, facts.author], [true, "Ann <ann@shop.example>"]);
  });

  it("is nothing where it is not, or is no repository", () => {
    const nothing = { known: false, tags: [] };
    assert.deepEqual(commitFacts(folder, "abcdef1234"), nothing);
    assert.deepEqual(commitFacts("/nowhere", "abcdef1234"), nothing);
    assert.deepEqual(commitFacts(folder, undefined), nothing);
  });
});

describe("rejecting and lifting", () => {
  const rejection = { digest: digest("a"), why: "it leaks", by: "ann", at };

  it("move a verdict from one list to the other", () => {
    const rejected = rejecting("Web", { ...record }, { stack: "uat", rejection });
    assert.deepEqual(rejected.rejected, [rejection]);
    const lift = { ...rejection, why: "it was the database" };
    assert.deepEqual(lifting(rejected, lift), { ...record, rejected: [], lifted: [lift] });
  });

  it("are of an image too where one configuration of it was rejected before", () => {
    const one = { digest: digest("c"), why: "it leaks", by: "ann", at };
    const configured = { ...one, configHash: "d".repeat(64) };
    const before = { ...record, rejected: [configured] };
    const written = rejecting("Web", before, { stack: "uat", rejection: one });
    assert.deepEqual(written.rejected, [configured, one]);
  });

  it("know a digest by its beginning, as long as it is the only one", () => {
    const asked = { title: "x", fix: "slipway history Web --stack uat lists them" };
    const known = [digest("a"), digest("b"), `sha256:${"a".repeat(10)}${"c".repeat(54)}`];
    assert.equal(wholeDigest("bbbbbbb", known, asked), digest("b"));
    assert.equal(wholeDigest(digest("f"), known, asked), digest("f"));
    assert.throws(() => wholeDigest("aaaaaaa", known, asked), /more of its digits/);
    assert.throws(
      () => wholeDigest("bbb", known, asked),
      /at least seven digits[^]*fix: +slipway history Web --stack uat lists/,
    );
  });
});

describe("a rollback during a freeze", () => {
  const freeze = [{ from: "2026-11-20T00:00:00Z", to: "2026-11-21T00:00:00Z", why: "audit" }];

  it("has an override of its own, and none where there is no freeze", () => {
    const given = { now: new Date(at), by: "ann" };
    assert.equal(wayBackOverride(freeze, given).override?.at, at);
    assert.deepEqual(wayBackOverride(freeze, { ...given, now: new Date("2026-12-01") }), {});
    assert.deepEqual(wayBackOverride(undefined, given), {});
  });

  it("is that of a release under way too, unless it has one from this same freeze", () => {
    const given = { now: new Date(at), by: "ann" };
    const has = (moment: string) => ({ by: "bob", at: moment, why: "it burns" });
    const of = (moment?: string) =>
      underWayOverride(freeze, { ...given, has: moment === undefined ? undefined : has(moment) });
    assert.match(of().override?.why ?? "", /under way/);
    assert.match(of("2026-11-19T00:00:00Z").override?.why ?? "", /under way/);
    assert.deepEqual(of("2026-11-20T08:00:00Z"), {});
  });
});

describe("a change that is no release, during a freeze", () => {
  const freeze = [{ from: "2026-11-20T00:00:00Z", to: "2026-11-21T00:00:00Z", why: "audit" }];
  const config = {
    "slipway:system": "shop",
    "slipway:cluster": { kind: "kubeconfig", file: "uat.yaml", identifier: "shop" },
    "slipway:ingress": { controller: "external", namespace: "edge", domain: "shop.example" },
    "slipway:freeze": freeze,
    "slipway:releases": { Web: record, Mail: record },
  };
  const file = { stack: "uat", text: () => JSON.stringify({ config }) } as unknown as StackFile;
  const again = "slipway scale Web 4 --stack uat";
  const fixes = (moment: string, more: object = {}) =>
    freezeOfChange(file, ["Web", { ...record, replicas: 4, ...more }], {
      now: new Date(moment),
      again,
    }).map(({ fix }) => fix);

  it("names what this command can do, and no override, which it does not have", () => {
    const [fix = "", ...more] = fixes(at);
    assert.match(fix, /take the window out .*, slipway scale Web 4 --stack uat, and put it back/);
    assert.doesNotMatch(fix, /--override/);
    assert.deepEqual(more, []);
  });

  it("passes after it, and with an override of it", () => {
    assert.deepEqual(fixes("2026-12-01T00:00:00Z"), []);
    assert.deepEqual(fixes(at, { override: { by: "ann", at, why: "it burns" } }), []);
  });
});
