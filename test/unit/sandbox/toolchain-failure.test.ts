import assert from "node:assert/strict";
import { buildFailure } from "../../../sandbox/toolchain/failure";

describe("a failed build is explained", () => {
  const cases: { line: string; advice: RegExp }[] = [
    {
      line: "dial tcp: lookup proxy.test: no such host",
      advice: /GOPROXY=https:\/\/\*\*\*@proxy\.test/,
    },
    { line: "reading https://proxy.test/x.zip: 403 Forbidden", advice: /GOPROXY=/ },
    { line: "verifying x@v1.0.0: checksum mismatch", advice: /do not edit go\.sum/ },
    { line: "main.go:8:2: missing go.sum entry for module", advice: /go mod tidy/ },
    { line: "write /tmp/x: no space left on device", advice: /XDG_CACHE_HOME/ },
    { line: "compile: signal: killed", advice: /ran out of memory/ },
    { line: "main.go:7:1: syntax error", advice: /report it with the log/ },
  ];
  const failure = (messages: string[]) =>
    buildFailure(
      { title: "etcd v3.6.0", source: "/src/etcd" },
      { proxy: "https://me:secret@proxy.test", log: "/log", messages, reason: "exit code 1" },
    ).message;

  for (const { line, advice } of cases) {
    it(line, () => {
      const text = failure(["go: downloading example.org/x v1.0.0", "example.org/x", line]);
      assert.match(text, advice);
      assert(text.includes(`could not be built.\n  ${line}\nfrom: /src/etcd\nlog:  /log\n`), text);
      assert(!text.includes("secret"));
    });
  }

  it("by the last lines only, and by the exit code if go printed nothing", () => {
    const many = failure(Array.from({ length: 50 }, (_, index) => `x.go:${index}:1: wrong`));
    assert(!many.includes("x.go:37:1") && many.includes("x.go:38:1"), many);
    assert.match(failure([]), /could not be built\.\n {2}exit code 1\n/);
  });
});
