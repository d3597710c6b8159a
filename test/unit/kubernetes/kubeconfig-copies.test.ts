import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeKubeconfigCopies } from "../../../src/kubernetes/kubeconfig-copies";

describe("copies of the kubeconfig that the plugin leaves", () => {
  const began = Date.now();
  const key = "-----BEGIN PRIVATE KEY-----\nabc\n";
  const ours = `client-key-data: ${Buffer.from(key).toString("base64")}\n`;
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-copies-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** Whether a file of this name, content and age in hours still exists afterwards. */
  const stays = (
    name: string,
    content: string,
    hours: number,
    login: object = { key },
  ): boolean => {
    const path = join(folder, name);
    writeFileSync(path, content);
    const when = new Date(began - hours * 3_600_000);
    utimesSync(path, when, when);
    const endpoint = { server: "https://127.0.0.1:1", proxied: false, ...login };
    removeKubeconfigCopies(endpoint, began, folder);
    return readdirSync(folder).includes(name);
  };

  const cases: [what: string, stays: boolean, ...Parameters<typeof stays>][] = [
    ["of this run", false, "kubeconfig123", ours, 0],
    ["with this run's token", false, "kubeconfig123", "token: t0\n", 0, { token: "t0" }],
    ["of yesterday", false, "kubeconfig123", ours, 25],
    ["of another run that may be under way", true, "kubeconfig123", ours, 1],
    ["of another cluster", true, "kubeconfig123", "client-key-data: eHl6\n", 0],
    ["of a login that holds no secret", true, "kubeconfig123", ours, 0, {}],
    ["of somebody, by another name", true, "kubeconfig-mine", ours, 0],
  ];
  for (const [what, expected, ...rest] of cases) {
    it(`${what}: ${expected ? "stays" : "is removed"}`, () => {
      assert.equal(stays(...rest), expected);
    });
  }

  it("a link to one stays, and what it leads to", () => {
    const target = join(folder, "mine.yaml");
    writeFileSync(target, ours);
    symlinkSync(target, join(folder, "kubeconfig9"));
    assert.equal(stays("mine.yaml", ours, 0), true);
    assert.equal(readdirSync(folder).length, 2);
  });
});
