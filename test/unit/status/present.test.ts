import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { mustBePresent } from "../../../src/status/present";
import { Refusal } from "../../../src/kubernetes/api";
import type { DeclaredObject } from "../../../src/status/objects";
import { fakeApi } from "../../support/api";

const declared: DeclaredObject[] = [
  { kind: "Service", name: "shop", path: "/api/v1/namespaces/n/services", labels: { app: "shop" } },
  { kind: "Service", name: "mail", path: "/api/v1/namespaces/n/services", labels: { app: "mail" } },
  { kind: "Ingress", name: "front", path: "/apis/i/ingresses", labels: { app: "front" } },
  { kind: "Job", name: "shop--check", path: "/apis/batch/jobs", labels: { app: "shop" } },
];
const stateOf = (...objects: string[]) =>
  Object.fromEntries(
    objects.map((object) => {
      const [kind = "", name = ""] = object.split(" ");
      return [object, { type: `kubernetes:x/v1:${kind}`, outputs: { metadata: { name } } }];
    }),
  );
const all = stateOf("Service shop", "Service mail", "Ingress front", "Job shop--check");

const ending = { deletionTimestamp: "2026-11-30T03:00:00Z", finalizers: ["x/y"] };

describe("what an update has declared, in the cluster", () => {
  before(() =>
    pulumi.runtime.setMocks(
      { newResource: () => assert.fail(), call: () => assert.fail() },
      "slipway",
      "test",
    ),
  );

  /** The error if a cluster lists these by our label (a name with a † is being deleted), and has these besides. */
  async function said(
    listed: readonly string[] | Refusal,
    besides: readonly string[] = [],
    state: Readonly<Record<string, unknown>> = all,
    scope?: { app: string; shared: string },
  ): Promise<string> {
    const api = fakeApi({
      list: (path: string) =>
        listed instanceof Refusal
          ? Promise.reject(listed)
          : Promise.resolve(
              declared
                .filter((one) => one.path === path)
                .flatMap(({ name }) => [
                  ...(listed.includes(name) ? [{ metadata: { name } }] : []),
                  ...(listed.includes(`${name} †`) ? [{ metadata: { name, ...ending } }] : []),
                ]),
            ),
      text: (path: string) => {
        const name = path.replace(/.*\//, "");
        const found = (more: object) =>
          Promise.resolve(JSON.stringify({ metadata: { name, ...more } }));
        if (besides.includes(name)) return found({});
        if (besides.includes(`${name} †`)) return found(ending);
        return Promise.reject(new Refusal(404, "not found"));
      },
    });
    return await mustBePresent(api, declared, () => Promise.resolve(state), scope).then(
      () => "all there",
      (error: unknown) => (error as Error).message,
    );
  }
  const scope = { app: "shop", shared: "front" };

  const cases: [title: string, says: RegExp, ...Parameters<typeof said>][] = [
    ["is all there, but for a finished Job", /^all there$/, ["shop", "mail", "front"]],
    [
      "is named where somebody has deleted it, with the way on",
      /^Ingress front, Service mail: the cluster does not have it; pulumi up --refresh --stack test creates it$/,
      ["shop"],
    ],
    ["exists under another's label", /^all there$/, ["shop"], ["mail", "front"]],
    ["is not missed where limits kept it from being made", /^all there$/, [], [], {}],
    ["is not looked for where nobody may list it", /^all there$/, new Refusal(403, "no")],
    [
      "counts as gone while it is being deleted, with what still keeps it",
      /^Service mail: the cluster does not have it; .*\nIngress front: it is being deleted since 2026-11-30T03:00:00.000Z.*\(x\/y\)/,
      ["shop", "front †"],
    ],
    [
      "counts as gone under another's label too",
      /^Ingress front: it is being deleted/,
      ["shop", "mail"],
      ["front †"],
    ],
    ["is of one project only where the update is", /^Ingress front: /, ["shop"], [], all, scope],
  ];
  for (const [title, says, ...given] of cases) {
    it(title, async () => {
      assert.match(await said(...given), says);
    });
  }
});
