import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { ingressSpec, type Route } from "../../../components/app/network";
import { Refusal } from "../../../src/kubernetes/api";
import { limitedRoutes, liveIngress, takenRoutes } from "../../../src/status/routes";
import { fakeApi } from "../../support/api";

const route = (service: string, host: string, path = "/"): Route => ({
  hosts: [host],
  path,
  service,
});
const livePath = [route("shop", "shop.example"), route("mail", "mail.example")];
/** Current files: both projects have moved. */
const declared = [route("shop", "store.example"), route("mail", "post.example")];

describe("a host that the shared Ingress leads to another project", () => {
  const here = route("shop", "new.example", "/api");
  for (const [what, livePath, taken] of [
    ["is told", [route("mail", "new.example", "/api/")], [["new.example/api", "mail"]]],
    ["is none below another path", [route("mail", "new.example", "/")], []],
    ["is none of another name", [route("mail", "old.example", "/api")], []],
    ["is none that leads here as well", [route("mail", "new.example", "/api"), here], []],
    ["is none that leads here", [here], []],
  ] as const)
    it(what, () => {
      const found = takenRoutes(here, livePath).map(({ address, holder }) => [address, holder]);
      assert.deepEqual(found, taken);
    });
});

describe("the shared Ingress, in an update limited to one project", () => {
  const [before, after] = [livePath, declared];
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

  it("leaves to another project what that one still has, and its own where it was until then", () => {
    const livePath = [route("mail", "a.example"), route("shop", "b.example")];
    const swapped = [
      route("mail", "b.example"),
      route("shop", "a.example"),
      route("shop", "c.example"),
    ];
    const routes = limitedRoutes(swapped, livePath, { service: "shop", serves: true });
    assert.deepEqual(
      routes.map(({ service, hosts }) => [service, ...hosts]),
      [
        ["mail", "a.example"],
        ["shop", "b.example"],
        ["shop", "c.example"],
      ],
    );
  });

  it("is what a whole update would make, where nothing has changed", async () => {
    const routes = [
      { hosts: ["a.example", "b.example"], path: "/", service: "shop" },
      route("mail", "a.example", "/mail"),
    ];
    const spec = ingressSpec("nginx", routes);
    const api = fakeApi({ text: () => Promise.resolve(JSON.stringify({ spec })) });
    const stands = await liveIngress(api, "sjzy-uat", "sjzy-front-ingress");
    assert.ok(stands !== undefined);
    const limited = limitedRoutes(routes, stands.routes, { service: "mail", serves: true });
    assert.deepEqual(ingressSpec("nginx", limited), spec);
  });

  it("keeps what somebody else has written on it", async () => {
    const legacy = {
      path: "/",
      pathType: "Exact",
      backend: { service: { name: "legacy", port: { number: 9000 } } },
    };
    const rules = [
      ...(ingressSpec("nginx", declared.slice(0, 1)).rules as object[]),
      { host: "legacy.example", http: { paths: [legacy] } },
      { http: { paths: [{ ...legacy, path: "/all" }] } },
    ];
    const tls = [{ hosts: ["legacy.example"], secretName: "legacy-tls" }];
    const annotations = { "example.com/size": "8m", "pulumi.com/patchForce": "true" };
    const live = { metadata: { annotations }, spec: { ingressClassName: "nginx", tls, rules } };
    const api = fakeApi({ text: () => Promise.resolve(JSON.stringify(live)) });
    const stands = await liveIngress(api, "sjzy-uat", "sjzy-front-ingress");
    assert.deepEqual(stands?.besides, { annotations: { "example.com/size": "8m" }, spec: { tls } });
    const routes = limitedRoutes(declared, stands.routes, { service: "shop", serves: true });
    const after = ingressSpec("nginx", routes).rules as object[];
    for (const rule of rules)
      assert.ok(
        after.some((each) => isDeepStrictEqual(each, rule)),
        JSON.stringify(after),
      );
  });

  for (const [what, status, expected] of [
    ["is what the files say if there is none", 404, undefined],
    ["is what the files say if access is denied", 403, undefined],
  ] as const) {
    it(what, async () => {
      const api = fakeApi({ text: () => Promise.reject(new Refusal(status, "no")) });
      assert.deepEqual(await liveIngress(api, "n", "i"), expected);
    });
  }
});
