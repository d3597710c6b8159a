import assert from "node:assert/strict";
import { portText } from "../../../src/rollout/version-request";
import { exposedPorts, imageNames, withoutFrontend } from "../../../src/build/dockerfile";

describe("the images that a Dockerfile depends on", () => {
  const cases: [what: string, text: string, names: string[]][] = [
    [
      "its FROM lines",
      "from --platform=linux/amd64 a/b AS c\nRUN echo FROM x\n  FROM d:1\n",
      ["a/b", "d:1"],
    ],
    [
      "without its own stages",
      "FROM a AS Build\nFROM build AS two\nFROM two\nCOPY --from=0 /a /b\n",
      ["a"],
    ],
    [
      "with the defaults of ARGs before FROM",
      "ARG BASE=front/packet\nARG TAG\nFROM ${BASE}:${TAG:-1}\n",
      ["front/packet:1"],
    ],
    ["an ARG of an ARG", "ARG A=x\nARG B=$A/y\nFROM $B\n", ["x/y"]],
    ["a variable that nobody sets, as it is written", "FROM $NOBODY/a\n", ["$NOBODY/a"]],
    [
      "what files are copied from",
      "FROM a\nCOPY --from=nginx:1 --chown=1 /x /y\n",
      ["a", "nginx:1"],
    ],
    [
      "what is mounted in a step",
      "FROM a\nRUN --mount=type=bind,from=tools/x,target=/x --mount=type=cache,target=/c make\n",
      ["a", "tools/x"],
    ],
    ["and nothing of a heredoc", "FROM a\nRUN <<END\nFROM no\nCOPY --from=no x y\nEND\n", ["a"]],
    ["nor of continued lines and comments", "FROM a\nRUN echo \\\n  FROM no\n# FROM no\n", ["a"]],
    ["none, if there is none", "RUN true\n", []],
  ];
  for (const [what, text, names] of cases) {
    it(`are ${what}`, () => {
      assert.deepEqual(imageNames(text), names);
    });
  }
});

describe("the frontend that a Dockerfile asks for", () => {
  for (const [line, text, foreign] of [
    ["# syntax=docker/dockerfile:1.7", "#", undefined],
    ["#syntax = docker.io/docker/dockerfile:1-labs", "#", undefined],
    ["\uFEFF# syntax=docker/dockerfile:1", "#", undefined],
    ["# syntax=example/other:2", "# syntax=example/other:2", "example/other:2"],
    ["# a comment", "# a comment", undefined],
  ] as const) {
    it(`${line}: ${foreign ?? "BuildKit's own"}`, () => {
      const rest = "\nFROM a\nRUN echo '# syntax=docker/dockerfile:1'\n";
      const expected = { text: text + rest, ...(foreign === undefined ? {} : { foreign }) };
      assert.deepEqual(withoutFrontend(line + rest), expected);
    });
  }
});

describe("the ports that a Dockerfile exposes", () => {
  const cases: [what: string, text: string, ports: number[]][] = [
    ["by number, with or without a protocol", "FROM a\nexpose 80 8443/TCP 53/udp\n", [80, 8443]],
    ["of its last stage", "FROM a AS b\nEXPOSE 1\nFROM c\nEXPOSE 2\n", [2]],
    ["of the stage that it is based on", "FROM a AS b\nEXPOSE 1\nFROM b\nEXPOSE 2\n", [1, 2]],
    ["unless only a build knows", "FROM a\nARG P=80\nEXPOSE 81 $P\n", []],
    ["unless it is a range", "FROM a\nEXPOSE 80 8000-8010\n", []],
    ["and nothing of a heredoc or a comment", "FROM a\n# EXPOSE 1\nRUN <<E\nEXPOSE 2\nE\n", []],
  ];
  for (const [what, text, ports] of cases) {
    it(`are those ${what}`, () => {
      assert.deepEqual(exposedPorts(text), ports);
    });
  }
});

describe("an image that exposes other ports than the project's", () => {
  it("is reported with both, unless it also exposes the port, or none", () => {
    assert.match(portText([8080, 9090], 8086).join(), /EXPOSE 8080 9090.*`port`.*8086/);
    assert.deepEqual([portText([80, 8086], 8086), portText([], 8086)], [[], []]);
  });
});
