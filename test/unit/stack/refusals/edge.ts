import { type Refusal } from "./given";

const given = (certificate: object): Refusal[1] => ({
  secret: ["slipway:secrets.key"],
  stack: {
    "slipway:secrets.key": "hunter2",
    edge: {
      address: "10.0.0.101",
      nodes: ["10.0.0.14"],
      ssh: { key: "key" },
      hosts: Object.fromEntries(
        [21, 22].map((each) => [
          `e${each}`,
          { address: `10.0.0.${each}`, hostKey: "ssh-ed25519 AAAA" },
        ]),
      ),
      certificates: { "shop.example": certificate },
    },
  },
});
const allowed =
  "allowed: {secret: <a secret of the stack>} or {from: <namespace>/<name>}, one of the two";

/** Settings of the machines in front of the cluster. */
export const edgeRefusals: Refusal[] = [
  [
    "edge: a certificate of a cluster that is not made here",
    given({ from: "shop/shop-tls" }),
    [
      "Pulumi.uat.yaml:35 → slipway:edge.certificates.shop.example.from",
      'given:   "shop/shop-tls"',
      "allowed: a Secret of a cluster of kind hosts: a control plane of it makes the edges a login that may read this one and nothing else",
      "fix:     use `secret: shopPem`, with: pulumi config set --secret slipway:secrets.shopPem --stack uat < shop.pem",
    ],
  ],
  [
    "edge: a certificate of the stack and of the cluster at once",
    given({ secret: "key", from: "shop/shop-tls" }),
    [
      "Pulumi.uat.yaml:34 → slipway:edge.certificates.shop.example",
      'given:   {"secret":"key","from":"shop/shop-tls"}',
      allowed,
    ],
  ],
  [
    "edge: a certificate of nowhere",
    given({}),
    ["Pulumi.uat.yaml:34 → slipway:edge.certificates.shop.example", "given:   {}", allowed],
  ],
  [
    "edge: a Secret without its namespace",
    given({ from: "shop-tls" }),
    [
      "Pulumi.uat.yaml:35 → slipway:edge.certificates.shop.example.from",
      'given:   "shop-tls"',
      "allowed: namespace and name of a Secret of type kubernetes.io/tls in the cluster: shop/shop-tls",
    ],
  ],
];
