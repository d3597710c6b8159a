import assert from "node:assert/strict";
import { refusedBySystem } from "../../../src/cli/system-error";

describe("a file that the system does not let anybody write", () => {
  const env = { XDG_CACHE_HOME: "/c", XDG_STATE_HOME: "/s" };
  const error = (more: object) => Object.assign(new Error("raw"), more);
  for (const [what, given, says] of [
    [
      "below the cache: another may be named",
      error({ code: "EROFS", syscall: "mkdir", path: "/c/slipway/tools" }),
      /^\/c\/slipway\/tools: mkdir is not possible, its file system is read-only \(EROFS\)\n {4}fix: .*XDG_CACHE_HOME$/,
    ],
    [
      "below the state",
      error({ code: "ENOSPC", syscall: "write", path: "/s/slipway/x" }),
      /the disk is full[^]*make room[^]*XDG_STATE_HOME$/,
    ],
    [
      "anywhere else",
      error({ code: "EACCES", syscall: "open", path: "/etc/x" }),
      /is not allowed to \(EACCES\)[^]*write permission$/,
    ],
    [
      "of a folder that cannot be made",
      error({ code: "ENOENT", syscall: "mkdir", path: "/proc/nope" }),
      /^\/proc\/nope: mkdir is not possible, its parent folder cannot be created \(ENOENT\)/,
    ],
    [
      "of a disk that is full, whatever file it was",
      error({ code: "ENOSPC", syscall: "write" }),
      /^write is not possible, the disk is full/,
    ],
  ] as const) {
    it(what, () => {
      assert.match(refusedBySystem(given, env) ?? "", says);
    });
  }

  for (const [what, given] of [
    ["what is no file's", error({ code: "ECONNREFUSED" })],
    ["a program that cannot be started", error({ code: "EACCES", syscall: "spawn x", path: "x" })],
    ["what is not there", error({ code: "ENOENT", path: "/x" })],
    ["our own mistake", new TypeError("x is not a function")],
    ["nothing", undefined],
  ] as const) {
    it(`is not made of ${what}`, () => {
      assert.equal(refusedBySystem(given, env), undefined);
    });
  }
});
