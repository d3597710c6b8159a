import assert from "node:assert/strict";
import { Refusal } from "../../../src/kubernetes/api";
import { rivalWarnings } from "../../../src/status/rivals";
import { fakeApi } from "../../support/api";

describe("others' Ingresses for the hosts of a stack", () => {
  const own = { namespace: "shop-uat", shared: "shop-front-ingress" };
  const at = (name: string, host: string | undefined, more: object = {}, path = "/"): object => ({
    metadata: { name, namespace: "legacy" },
    spec: {
      ingressClassName: "nginx",
      rules: [{ ...(host !== undefined && { host }), http: { paths: [{ path }] } }],
    },
    ...more,
  });
  const project = (name: string, expose: string, path = "/"): object => ({
    name,
    spec: { project: name, expose, hosts: [`${name}.example`], path },
  });
  const projects = [
    project("web", "ingress"),
    project("api", "ingress", "/v1"),
    project("db", "none"),
  ];
  const said = (found: readonly object[] | Refusal, only?: string): Promise<string[]> =>
    rivalWarnings(
      fakeApi({
        list: () => (found instanceof Refusal ? Promise.reject(found) : Promise.resolve(found)),
      }),
      { ingress: { className: "nginx" }, images: { projects } } as never,
      own,
      only,
    );
  const ofOurs = (name: string): object => ({ metadata: { name, namespace: own.namespace } });

  for (const [what, found, told, only] of [
    [
      "are reported, with the project and both fixes",
      [at("old", "web.example")],
      [/^web: web\.example\/ .* legacy\/old: .*remove the other; or change `hosts`/],
    ],
    ["are reported in any upper and lower case", [at("old", "WEB.example")], [/^web/]],
    [
      "are told together",
      [at("old", "web.example"), at("older", "web.example")],
      [/legacy\/old, legacy\/older/],
    ],
    [
      "are reported by their path",
      [at("old", "api.example", {}, "/v1/")],
      [/^api: api\.example\/v1 /],
    ],
    [
      "are reported if the class is an annotation",
      [
        at("old", "web.example", {
          metadata: {
            name: "old",
            namespace: "legacy",
            annotations: { "kubernetes.io/ingress.class": "nginx" },
          },
          spec: { rules: [{ host: "web.example", http: { paths: [{}] } }] },
        }),
      ],
      [/^web/],
    ],
    [
      "in the projects' namespace are others', too",
      [at("mine", "web.example", ofOurs("mine"))],
      [/shop-uat\/mine/],
    ],
    [
      "are reported for the one released project",
      [at("a", "web.example"), at("b", "api.example", {}, "/v1")],
      [/^api/],
      "api",
    ],
    ["do not matter below another path", [at("old", "web.example", {}, "/.well-known/acme")], []],
    ["do not matter for another host", [at("old", "x.web.example"), at("any", undefined)], []],
    ["do not matter where nobody is exposed", [at("old", "db.example")], []],
    [
      "do not matter for another controller",
      [
        at("old", "web.example", {
          spec: {
            ingressClassName: "inner",
            rules: [{ host: "web.example", http: { paths: [{ path: "/" }] } }],
          },
        }),
      ],
      [],
    ],
    [
      "are none of ours",
      [
        at("", "web.example", ofOurs(own.shared)),
        at("", "web.example", ofOurs("web--canary")),
        at("", "web.example", ofOurs("web")),
      ],
      [],
    ],
    ["are not looked for where nobody may", new Refusal(403, "no"), []],
  ] as [string, readonly object[] | Refusal, RegExp[], string?][])
    it(what, async () => {
      const lines = await said(found, only);
      assert.equal(lines.length, told.length, lines.join("\n"));
      for (const [index, line] of lines.entries()) assert.match(line, told[index] ?? /^$/);
    });
});
