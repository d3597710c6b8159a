import assert from "node:assert/strict";
import { planEdge } from "../../../../components/edge/plan";
import { noReader, readerBody, type CertificateCluster } from "../../../../components/edge/reader";
import { statusOf } from "../../../../components/edge/status";
import type { EdgeSpec } from "../../../../components/edge/spec";
import { isKnown, type GatheredFacts } from "../../../../components/shared/machine/facts";
import {
  afterEdgeRun,
  afterReader,
  blankEdge,
  blankEdges,
  edge,
  edgeDue,
  following,
  source,
} from "../../../support/edge";
import { clusterOf } from "../../../support/room";
import { play } from "../../../support/shell";

const shop = following({ "shop.example": "shop/tls" });
const both = following({ "shop.example": "shop/tls", "*.shop.example": "shop/wild" });
const programs = { ...blankEdge("e01").programs, curl: "7.88.1", openssl: "3.0.17" };
const blanks = (): Map<string, GatheredFacts> =>
  new Map(["e01", "e02"].map((name) => [name, blankEdge(name, { programs })]));
const status = (): Map<string, GatheredFacts> => afterEdgeRun(shop, blanks(), source());

/** The running edges, some with a note about `shop.example`. */
const noting = (notes: Record<string, string>): Map<string, GatheredFacts> =>
  new Map(
    [...status()].map(([name, facts]) => {
      const text = notes[name];
      if (text === undefined || !isKnown(facts)) return [name, facts];
      return [name, { ...facts, notes: { "edge-certificate-shop.example": text } }];
    }),
  );
const all = "edge-packages → edge-proxy → edge-certificates → edge-address";
const again = (why: string): string[] => [
  `t01: edge-reader, ${why}`,
  "e01: edge-certificates",
  "e02: edge-certificates",
];

const plans: Record<
  string,
  [EdgeSpec, Map<string, GatheredFacts>, CertificateCluster | undefined, string[]]
> = {
  "makes a login, then the edges": [
    ...([shop, blanks(), source()] as const),
    ["t01: edge-reader, not done yet", `e01: ${all}`, `e02: ${all}`],
  ],
  "does so in a cluster that is yet to be made": [
    ...([shop, blanks(), source({ joined: false, cluster: undefined })] as const),
    ["t01: edge-reader, not done yet", `e01: ${all}`, `e02: ${all}`],
  ],
  "does nothing the second time": [shop, status(), afterReader(shop), []],
  "asks for another Secret": [
    ...([both, status(), afterReader(shop)] as const),
    [
      "t01: edge-reader, its settings have changed",
      "e01: edge-proxy → edge-certificates",
      "e02: edge-proxy → edge-certificates",
    ],
  ],
  "gives a refused edge a new login": [
    shop,
    noting({ e01: "1795324276 ok 1803100276", e02: "1795324276 forbidden -" }),
    afterReader(shop),
    ["e02: edge-certificates"],
  ],
  "makes another login when all are refused": [
    shop,
    noting({ e01: "1795324276 forbidden -", e02: "1795324276 forbidden -" }),
    afterReader(shop),
    again("the cluster refuses the edges"),
  ],
  "makes another login in a cluster that knows of none": [
    ...([shop, status(), source()] as const),
    again("not done yet"),
  ],
  "leaves a cluster that does not answer as it is": [
    ...([shop, status(), source({ cluster: undefined })] as const),
    [],
  ],
  "takes the login back when nothing is followed any more": [
    ...([edge(), status(), afterReader(shop)] as const),
    [
      "t01: edge-reader, its settings have changed",
      // Without curl and openssl.
      "e01: edge-packages → edge-proxy",
      "e02: edge-packages → edge-proxy",
    ],
  ],
  "is done with it then": [
    edge(),
    afterEdgeRun(edge(), status()),
    source({ cluster: clusterOf(["t01"], { edgeReader: noReader }) }),
    [],
  ],
};

describe("certificates that the cluster keeps: the plan", () => {
  for (const [what, [spec, gathered, from, due]] of Object.entries(plans))
    it(what, () => {
      assert.deepEqual(edgeDue(spec, gathered, from), due);
    });

  it("has no login where none was ever made", () => {
    assert.equal(planEdge(edge(), blankEdges(), source()).reader, undefined);
  });

  it("lists first what is due on the control plane", () => {
    const { lines } = planEdge(shop, status(), source());
    assert.equal(lines[0], "t01 (speaks for the cluster, 10.0.0.11): edge-reader: not done yet");
  });
});

describe("certificates that the cluster keeps: the edges' login", () => {
  const body = readerBody([
    { namespace: "shop", name: "wild" },
    { namespace: "shop", name: "tls" },
    { namespace: "admin", name: "tls" },
  ]);

  it("may get the Secrets that are named, and nothing else", () => {
    const rules = [...body.matchAll(/^rules:\n((?: .*\n)+)/gm)].map(([, text]) => text);
    const rule = (...names: string[]): string =>
      [
        '  - apiGroups:\n      - ""\n    resources:\n      - secrets\n    verbs:\n      - get\n',
        `    resourceNames:\n${names.map((each) => `      - ${each}\n`).join("")}`,
      ].join("");
    assert.deepEqual(rules, [rule("tls"), rule("tls", "wild")]);
    assert.doesNotMatch(body, /ClusterRole/);
  });

  it("prints nothing before all is well, and keeps the token out of arguments", () => {
    // Everything kubectl prints, except the token.
    const kubectl =
      'case "$*" in *data.token*) echo dG9rZW4= ;; *"get rolebindings"*) echo old ;; *) echo said ;; esac';
    const made = play(body, { kubectl, cat: "echo PEM" });
    assert.deepEqual(made.stdout.split("\n"), [
      ">>> authorization",
      ...["Authorization: Bearer token", ">>> ca.crt", "PEM", ""],
    ]);
    assert.doesNotMatch(made.calls.join("\n"), /dG9rZW4|Bearer|--token/);
    assert.match(made.calls.join("\n"), / -n old delete rolebinding,role slipway-edge$/m);
    const failed = play(body, {
      kubectl: 'case "$*" in *annotate*) exit 1 ;; *data.token*) echo dG9rZW4= ;; esac',
    });
    assert.deepEqual([failed.status, failed.stdout], [1, ""]);
  });

  it("goes with the last certificate", () => {
    const calls = play(readerBody([]), { kubectl: "" }).calls.join("\n");
    assert.match(calls, /delete serviceaccount slipway-edge/);
    assert.match(calls, /delete secret slipway-edge/);
    assert.match(calls, /annotate namespace kube-system --overwrite slipway\/edge-reader=none/);
    assert.doesNotMatch(calls, /apply/);
  });
});

const now = new Date("2026-11-22T12:00:00Z");
const seconds = now.getTime() / 1000;
const day = 86_400;
const told = "shop.example on e01: the Secret shop/tls";
const look = "; on e01: journalctl -u slipway-edge-certificates";

const notes: Record<string, [string, number | undefined, string[]]> = {
  "that is well": [`${seconds - 60} ok ${seconds + 60 * day + 5}`, 60, []],
  "that nobody has made": [`${seconds - 60} missing -`, undefined, [`${told} is not there${look}`]],
  "that is not right any more": [
    `${seconds - 60} broken ${seconds + 20 * day}`,
    20,
    [`${told} holds no certificate that can be served${look}`],
  ],
  "that is not renewed": [
    `${seconds - 60} ok ${seconds + 9.5 * day}`,
    9,
    [`${told} has not been renewed, and ends in 9 days`],
  ],
  "that nobody has asked for": [
    `${seconds - 5 * 3600} ok ${seconds + 60 * day}`,
    60,
    [
      `${told} was last asked for 5 hours ago; on e01: systemctl status slipway-edge-certificates.timer`,
    ],
  ],
};

describe("certificates that the cluster keeps: reports about one", () => {
  for (const [what, [note, days, warnings]] of Object.entries(notes))
    it(what, () => {
      const expected = { warnings, ...(days === undefined ? {} : { days }) };
      assert.deepEqual(statusOf(shop, noting({ e01: note }), now), expected);
    });
});
