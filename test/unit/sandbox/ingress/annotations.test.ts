import * as assert from "node:assert/strict";
import {
  readAnnotations,
  type CanaryPolicy,
  type Settings,
} from "../../../../sandbox/ingress/annotations";
import { nginx } from "../../../support/ingress-objects";

describe("annotations of an Ingress", () => {
  const defaults: Settings = { maxBody: 1_048_576, useRegex: false };

  const honoured: [annotations: Record<string, string>, settings: Partial<Settings>][] = [
    [{}, {}],
    [{ "proxy-body-size": "8m" }, { maxBody: 8 * 2 ** 20 }],
    [{ "proxy-body-size": "2G" }, { maxBody: 2 * 2 ** 30 }],
    [{ "proxy-body-size": "512" }, { maxBody: 512 }],
    [{ "proxy-body-size": "0" }, { maxBody: 0 }],
    [
      { "whitelist-source-range": "10.0.0.0/8, 192.168.1.5" },
      { allow: ["10.0.0.0/8", "192.168.1.5"] },
    ],
    [{ "allowlist-source-range": "::1/128" }, { allow: ["::1/128"] }],
    [{ "proxy-connect-timeout": "7" }, { connectTimeout: 7 }],
    [{ "proxy-read-timeout": "3600s" }, { readTimeout: 3600 }],
    [{ "proxy-send-timeout": "90" }, { sendTimeout: 90 }],
    [{ "upstream-vhost": "inner.test:8080" }, { vhost: "inner.test:8080" }],
    [{ "rewrite-target": "/$2" }, { rewriteTarget: "/$2" }],
    [{ "use-regex": "true" }, { useRegex: true }],
    [{ "ssl-redirect": "true", "backend-protocol": "HTTP" }, {}],
    [{ canary: "false" }, {}],
  ];
  for (const [annotations, settings] of honoured) {
    it(`honours ${JSON.stringify(annotations)}`, () => {
      assert.deepEqual(readAnnotations(nginx(annotations)), {
        settings: { ...defaults, ...settings },
        problems: [],
      });
    });
  }

  const prefix = "nginx.ingress.kubernetes.io/";
  const refused: [annotations: Record<string, string>, problem: string][] = [
    [
      { "proxy-body-size": "8x" },
      'proxy-body-size: "8x" is not a size such as 8m, or 0 for no limit',
    ],
    [{ "proxy-read-timeout": "1h" }, 'proxy-read-timeout: "1h" is not a number of seconds'],
    [{ "proxy-read-timeout": "0" }, 'proxy-read-timeout: "0" is not a number of seconds'],
    [
      { "rewrite-target": "http://other.test/" },
      'rewrite-target: "http://other.test/" is not a path that starts with /, with $1 to $9 for what the groups matched',
    ],
    [
      { "upstream-vhost": "$host" },
      'upstream-vhost: "$host" is not a host name; variables of nginx are not known here',
    ],
    [{ "use-regex": "yes" }, 'use-regex: "yes" is not "true" or "false"'],
    [{ "canary-weight": "20" }, `canary-weight is ignored without ${prefix}canary: "true"`],
    [{ canary: "yes" }, 'canary: "yes" is not honoured by the sandbox\'s Ingress'],
    [
      { "backend-protocol": "GRPC" },
      'backend-protocol: "GRPC" is not honoured by the sandbox\'s Ingress',
    ],
    [
      { "configuration-snippet": "deny all;" },
      'configuration-snippet: "deny all;" is not honoured by the sandbox\'s Ingress',
    ],
    [{ canary: "true", "canary-weight": "-1" }, 'canary-weight: "-1" is not a whole number'],
    [
      { canary: "true", "canary-by-header": "X Canary" },
      'canary-by-header: "X Canary" is not the name of a header',
    ],
    [
      { canary: "true", "canary-by-header-pattern": "(" },
      'canary-by-header-pattern: "(" is not a regular expression in printable ASCII',
    ],
    [
      { canary: "true", "canary-by-header-value": "a\nb" },
      'canary-by-header-value: "a\\nb" is not printable ASCII',
    ],
    [
      { canary: "true", "proxy-body-size": "8m" },
      "proxy-body-size is ignored: a canary has the settings of the main Ingress",
    ],
  ];
  for (const [annotations, problem] of refused) {
    it(`tells of ${JSON.stringify(annotations)}`, () => {
      const { problems, settings } = readAnnotations(nginx(annotations));
      assert.deepEqual(problems, [`${prefix}${problem}`]);
      assert.deepEqual(settings, defaults);
    });
  }

  it("leaves annotations of others alone", () => {
    assert.deepEqual(readAnnotations({ "kubernetes.io/change-cause": "x" }).problems, []);
  });

  it("lets nobody in whom an unreadable list of addresses does not name", () => {
    const list = nginx({ "whitelist-source-range": "10.0.0.0/8,10.0.0.0/33,all" });
    const { settings, problems } = readAnnotations(list);
    assert.deepEqual(settings.allow, ["10.0.0.0/8"]);
    assert.equal(problems.length, 1);
  });

  it("reads the policy of a canary", () => {
    const wanted: CanaryPolicy = {
      ...{ header: "X-Canary", headerValue: "yes please", headerPattern: "^b.*", cookie: "beta" },
      ...{ weight: 5, weightTotal: 1000 },
    };
    const { canary, problems } = readAnnotations(
      nginx({
        ...{ canary: "true", "canary-weight": "5", "canary-weight-total": "1000" },
        ...{ "canary-by-header": "X-Canary", "canary-by-header-value": "yes please" },
        ...{ "canary-by-header-pattern": "^b.*", "canary-by-cookie": "beta" },
      }),
    );
    assert.deepEqual([canary, problems], [wanted, []]);
  });
});
