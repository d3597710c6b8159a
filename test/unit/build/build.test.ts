import assert from "node:assert/strict";
import { UserError } from "../../../components/shared/problem";
import { isStep } from "../../../src/build/stack";
import { buildRequest } from "../../../src/build/request";
import type { ReleasedProject } from "../../../src/rollout/project";
import type { Session } from "../../../src/engine/session";
import { Build } from "../../../src/build/config";

describe("what is shown of a build", () => {
  const cases: [line: string, shown: boolean][] = [
    ["create Image packet-label", true],
    ["packet-label: #8 [stage-1 1/3] COPY . /usr/share/nginx/html", true],
    ["packet-label: #7 [stage-0 2/3] COPY --from=config Packet_Label.proxy.conf /etc", true],
    ["packet-label: #10 exporting to image", true],
    ["packet-label: #10 pushing layers", true],
    ["packet-label: #9 ERROR: failed to compute cache key", true],
    ["packet-label: #10 pushing layers 0.2s done", false],
    ["packet-label: #3 [internal] load .dockerignore", false],
    [
      "packet-label: #5 [context front/packet] load metadata for 127.0.0.1:5000/front/packet",
      false,
    ],
    ["packet-label: #5 extracting sha256:d26db98ef1d9", false],
    ["packet-label: #8 DONE 0.0s", false],
  ];
  for (const [line, shown] of cases) {
    it(`${shown ? "shows" : "leaves out"} ${line}`, () => {
      assert.equal(isStep(line), shown);
    });
  }
});

describe("a build that a command asks for", () => {
  const session = (more: Partial<Session> = {}) =>
    ({ checkout: "/c", stack: "uat", env: {}, sandbox: undefined, ...more }) as Session;
  const project = (config: object) =>
    ({
      project: "Shop.Api",
      name: "shop-api",
      repository: "back/shop.api",
      source: { project: "Shop.Api", kind: "back" },
      config: { build: Build.parse({}), authorities: {}, ...config },
    }) as unknown as ReleasedProject;
  const registry = { host: "harbor:8080" };

  it("is of the stack's builder, templates and registry", () => {
    const template = `harbor:8080/template/node@sha256:${"a".repeat(64)}`;
    const build = Build.parse({ builder: "room", templates: { "template/node": template } });
    const request = buildRequest(session(), project({ build, registry }), {});
    assert.deepEqual(request.builder, { name: "room", templates: { "template/node": template } });
    assert.equal(request.registry, "harbor:8080");
    assert.deepEqual([request.parts, request.build.commit], [{}, undefined]);
  });

  it("reads the commits and returns the given parts of the tag", () => {
    const build = Build.parse({ builder: "room" });
    const options = {
      commit: "v1",
      configCommit: "3fdd00f",
      releaseVersion: "v1.2.0",
      buildId: "7",
    };
    const request = buildRequest(session(), project({ build, registry }), options);
    assert.equal(request.source.commit, "v1");
    assert.equal(request.build.commit, "3fdd00f");
    assert.deepEqual(request.parts, { version: "v1.2.0", buildId: "7" });
  });

  it("is refused where nothing builds", () => {
    assert.throws(
      () => buildRequest(session(), project({ registry }), {}),
      (error: unknown) =>
        error instanceof UserError &&
        error.exitCode === 2 &&
        error.message.includes("a stack with a builder") &&
        error.message.includes("slipway:build: {builder: …}"),
    );
  });
});
