import * as assert from "node:assert/strict";
import { messages, model } from "../../../support/ingress-model";
import { ingress, nginx } from "../../../support/ingress-objects";

describe("the routing model", () => {
  describe("splits requests between a main Ingress and its canary", () => {
    const main = ingress(
      "main",
      { host: "a.test", service: "web" },
      nginx({ "proxy-body-size": "9m" }),
    );
    const canary = (annotations: Record<string, string>, route: Parameters<typeof ingress>[1]) =>
      ingress("canary", { host: "a.test", ...route }, nginx({ canary: "true", ...annotations }));

    const shares: [weight: string, total: string | undefined, share: number][] = [
      ["0", undefined, 0],
      ["20", undefined, 200_000],
      ["100", undefined, 1_000_000],
      ["250", undefined, 1_000_000],
      ["1", "1000", 1_000],
      ["1", "3000", 333],
      ["5", "10", 50_000],
    ];
    for (const [weight, total, share] of shares) {
      it(`weight ${weight} of ${total ?? "100 by default"}`, () => {
        const annotations = {
          "canary-weight": weight,
          ...(total ? { "canary-weight-total": total } : {}),
        };
        const made = model({ ingresses: [main, canary(annotations, { service: "beta" })] });
        assert.equal(made.canaries[0]?.share, share);
      });
    }

    it("with the main one's settings, and its pods where those of the canary fail", () => {
      const made = model({
        ingresses: [main, canary({ "canary-weight": "1" }, { service: "beta" })],
      });
      const [route] = made.routes;
      assert.deepEqual(
        [route?.backend, route?.canary],
        ["shop:main:web:80", "shop:canary:beta:80"],
      );
      const backend = made.backends.find(({ name }) => name === route?.canary);
      assert.deepEqual(
        [backend?.settings.maxBody, backend?.servers[0]?.name, backend?.fallback?.[0]?.name],
        [9 * 2 ** 20, "beta-1", "web-1"],
      );
      assert.deepEqual(messages(made), []);
    });

    it("only on the paths that both have", () => {
      const api = ingress("api", { host: "a.test", path: "/api", service: "api" });
      const made = model({
        ingresses: [main, api, canary({ "canary-weight": "1" }, { service: "beta" })],
      });
      assert.deepEqual(
        made.routes.map(({ path, canary: name }) => [path, name !== undefined]),
        [
          ["/api", false],
          ["/", true],
        ],
      );
    });

    const refused: [title: string, ingresses: ReturnType<typeof ingress>[], text: string][] = [
      [
        "no main Ingress",
        [canary({}, { service: "beta" })],
        "no main Ingress serves a.test/: this canary has no effect",
      ],
      [
        "another path type",
        [main, canary({}, { service: "beta", pathType: "Exact" })],
        "no main Ingress serves a.test/: this canary has no effect",
      ],
      [
        "the same Service",
        [main, canary({}, { service: "web" })],
        "canary and main Ingress of a.test/ lead to the same Service",
      ],
      [
        "two canaries",
        [
          main,
          canary({}, { service: "beta" }),
          ingress("second", { host: "a.test", service: "api" }, nginx({ canary: "true" })),
        ],
        "a.test/ already has a canary: shop/canary",
      ],
    ];
    for (const [title, ingresses, text] of refused) {
      it(`tells of ${title}`, () => {
        assert.deepEqual(messages(model({ ingresses })), [text]);
      });
    }
  });
});
