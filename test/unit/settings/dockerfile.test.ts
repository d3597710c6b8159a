import assert from "node:assert/strict";
import { imageNames, withoutFrontend } from "../../../src/settings/dockerfile";

describe("the images that a Dockerfile stands on", () => {
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
    ["none, where there is none", "RUN true\n", []],
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
