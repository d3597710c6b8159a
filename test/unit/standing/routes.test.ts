import assert from "node:assert/strict";
import { ingressSpec, type Route } from "../../../components/app/network";
import { Refusal } from "../../../src/rollout/api";
import { limitedRoutes, standingRoutes } from "../../../src/standing/routes";
import { fakeApi } from "../../support/api";

const route = (service: string, host: string, path = "/"): Route => ({
  ...{ hosts: [host], path, service },
});
const standing = [route("shop", "shop.example"), route("mail", "mail.example")];
/** What the files say by now: both projects have moved. */
const declared = [route("shop", "store.example"), route("mail", "post.example")];

describe("the shared Ingress, in an update limited to one project", () => {
  const [before, after] = [standing, declared];
  const cases: [title: string, from: Route[], to: Route[], serves: boolean, hosts: string[]][] = [
    ["follows its file, and no other's", before, after, true, ["mail.example", "store.example"]],
    ["stays until the new version serves", before, after, false, ["mail.example", "shop.example"]],
    ["leads to what is new", before.slice(1), after, false, ["mail.example", "store.example"]],
    ["loses what is no longer exposed", before, after.slice(1), true, ["mail.example"]],
  ];
  for (const [title, from, to, serves, hosts] of cases) {
    it(title, () => {
      const routes = limitedRoutes(to, from, { service: "shop", serves });
      assert.deepEqual(routes.flatMap((each) => each.hosts).sort(), hosts);
    });
  }

  it("is what a whole update would make, where nothing has changed", async () => {
    const routes = [
      { hosts: ["a.example", "b.example"], path: "/", service: "shop" },
      route("mail", "a.example", "/mail"),
    ];
    const spec = ingressSpec("nginx", routes);
    const api = fakeApi({ text: () => Promise.resolve(JSON.stringify({ spec })) });
    const stands = await standingRoutes(api, "sjzy-uat", "sjzy-front-ingress");
    assert.ok(stands !== undefined);
    const limited = limitedRoutes(routes, stands, { service: "mail", serves: true });
    assert.deepEqual(ingressSpec("nginx", limited), spec);
  });

  for (const [what, status, expected] of [
    ["leads nowhere before there is one", 404, []],
    ["is what the files say where nobody may look", 403, undefined],
  ] as const) {
    it(what, async () => {
      const api = fakeApi({ text: () => Promise.reject(new Refusal(status, "no")) });
      assert.deepEqual(await standingRoutes(api, "n", "i"), expected);
    });
  }
});
