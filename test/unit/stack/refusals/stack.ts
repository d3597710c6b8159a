import { ingress, type Refusal } from "./given";

/** Cluster and ingress of a stack. */
export const stack: Refusal[] = [
  [
    "stack: a second document, which the engine leaves out without a word",
    { files: { "Pulumi.uat.yaml": "config: {}\n---\nconfig: {}\n" } },
    [
      "Pulumi.uat.yaml:2",
      'given:   "---"',
      "allowed: one YAML document",
      "fix:     take out that line, and what follows if it is another document: the engine reads none but the first",
    ],
  ],
  [
    "stack: an unknown key",
    { stack: { registy: { host: "x" } } },
    [
      "Pulumi.uat.yaml:19 → slipway:registy",
      'given:   "registy"',
      "allowed: one of the keys cluster, authorities, system, quota, storage, registry, ingress, edge, prometheus, nodePorts, build, check, adopt, discard, archive, defaults, releases, branches, promotion, freeze, backup, customize",
      "fix:     did you mean `registry`?",
    ],
  ],
  [
    "stack: a key of another namespace",
    { stack: { "slipwy:system": "shop" } },
    [
      "Pulumi.uat.yaml:19 → slipwy:system",
      'given:   "slipwy:system"',
      "allowed: keys that begin with slipway:",
      "fix:     did you mean `slipway:system`?",
    ],
  ],
  [
    "stack: a key without a namespace, which would win over the one that has it",
    {
      files: {
        "Pulumi.uat.yaml":
          "config:\n  slipway:system: shop\n  # of mine\n  system: x\n  'registy': {}\n  slipway:defaults:\n    replicas: 2\nsecretsprovider: x\n",
      },
    },
    [
      "Pulumi.uat.yaml:4 → system",
      'given:   "system"',
      "allowed: keys with their namespace, as slipway:system",
      "fix:     did you mean `slipway:system`?",
      "Pulumi.uat.yaml:5 → registy",
      'given:   "registy"',
      "allowed: keys with their namespace, as slipway:system",
      "fix:     did you mean `slipway:registry`?",
    ],
  ],
  [
    "stack: a cluster by Pulumi's own key",
    { stack: { "kubernetes:context": "prod" } },
    [
      "Pulumi.uat.yaml:19 → kubernetes:context",
      'given:   "kubernetes:context"',
      "allowed: keys that begin with slipway:",
      "fix:     say it in `slipway:cluster`: the program uses no other cluster than that one",
    ],
  ],
  [
    "stack: no cluster",
    { stack: { cluster: undefined } },
    [
      "Pulumi.uat.yaml:1 → slipway:cluster",
      "allowed: one of: hosts, kubeconfig, sandbox",
      "fix:     it is missing: add `slipway:cluster`",
    ],
  ],
  [
    "stack: no registry",
    { stack: { registry: undefined } },
    [
      "Pulumi.uat.yaml:1 → slipway:registry",
      "allowed: a mapping with the registry's host, such as {host: harbor:8080}",
      "fix:     it is missing: add `slipway:registry`",
    ],
  ],
  [
    "stack: no ingress",
    { stack: { ingress: undefined } },
    [
      "Pulumi.uat.yaml:1 → slipway:ingress",
      "allowed: one of: managed, external",
      "fix:     it is missing: add `slipway:ingress`",
    ],
  ],
  [
    "stack: a kind of cluster that is none",
    { stack: { cluster: { kind: "kubeconfg", file: "uat.yaml", identifier: "a" } } },
    [
      "Pulumi.uat.yaml:4 → slipway:cluster.kind",
      'given:   "kubeconfg"',
      "allowed: one of: hosts, kubeconfig, sandbox",
      "fix:     did you mean `kubeconfig`?",
    ],
  ],
  [
    "stack: a cluster in one word",
    { stack: { cluster: "kubeconfig" } },
    [
      "Pulumi.uat.yaml:3 → slipway:cluster",
      'given:   "kubeconfig"',
      "allowed: one of: hosts, kubeconfig, sandbox",
      "fix:     did you mean `kubeconfig`?",
    ],
  ],
  [
    "stack: no identifier",
    { stack: { cluster: { kind: "kubeconfig", file: "uat.yaml" } } },
    [
      "Pulumi.uat.yaml:3 → slipway:cluster.identifier",
      "allowed: a lasting name of the cluster, whatever happens to its address: lower-case letters, digits and dashes, at most 63, a letter or digit at both ends",
      "fix:     it is missing: add `slipway:cluster.identifier`",
    ],
  ],
  [
    "stack: a kubeconfig that is not there",
    { stack: { cluster: { kind: "kubeconfig", file: "nowhere.yaml", identifier: "a" } } },
    [
      "Pulumi.uat.yaml:5 → slipway:cluster.file",
      'given:   "/home/.kube/nowhere.yaml"',
      "allowed: a kubeconfig that exists",
      'fix:     put it there, or change `file`; in the sandbox: eval "$(./slipway env)"',
    ],
  ],
  [
    "stack: a kubeconfig that is none",
    { files: { "~/.kube/uat.yaml": "hello: world\n" } },
    [
      "Pulumi.uat.yaml:5 → slipway:cluster.file",
      'given:   "/home/.kube/uat.yaml"',
      "allowed: a kubeconfig with clusters, users and contexts",
      "fix:     it has no contexts",
    ],
  ],
  [
    "stack: a kubeconfig that is not YAML",
    { files: { "~/.kube/uat.yaml": "a: [\n" } },
    [
      "Pulumi.uat.yaml:5 → slipway:cluster.file",
      'given:   "/home/.kube/uat.yaml"',
      "allowed: a kubeconfig with clusters, users and contexts",
      "fix:     it is not YAML",
    ],
  ],
  [
    "stack: a context that is not there",
    {
      stack: {
        cluster: { kind: "kubeconfig", file: "uat.yaml", context: "ther", identifier: "a" },
      },
    },
    [
      "Pulumi.uat.yaml:6 → slipway:cluster.context",
      'given:   "ther"',
      "allowed: a context of /home/.kube/uat.yaml: here",
    ],
  ],
  [
    "stack: a kubeconfig that trusts anyone",
    {
      files: {
        "~/.kube/uat.yaml":
          'contexts: [{name: c, context: {cluster: c, user: u}}]\ncurrent-context: c\nclusters: [{name: c, cluster: {server: "https://x", insecure-skip-tls-verify: true}}]\nusers: [{name: u, user: {}}]\n',
      },
    },
    [
      "Pulumi.uat.yaml:5 → slipway:cluster.file",
      'given:   "/home/.kube/uat.yaml"',
      "allowed: a kubeconfig that proves whom it talks to",
      "fix:     replace `insecure-skip-tls-verify` by `certificate-authority-data`",
    ],
  ],
  [
    "stack: a context without its user",
    {
      files: {
        "~/.kube/uat.yaml":
          'contexts: [{name: c, context: {cluster: c, user: u}}]\ncurrent-context: c\nclusters: [{name: c, cluster: {server: "https://x"}}]\nusers: []\n',
      },
    },
    [
      "Pulumi.uat.yaml:3 → slipway:cluster.context",
      'given:   "c"',
      "allowed: a context whose cluster and user are in the file",
      "fix:     add the user u to /home/.kube/uat.yaml",
    ],
  ],
  [
    "stack: an ingress controller that is none",
    { stack: { ingress: { ...ingress, controller: "nginx" } } },
    [
      "Pulumi.uat.yaml:10 → slipway:ingress.controller",
      'given:   "nginx"',
      "allowed: one of: managed, external",
    ],
  ],
  [
    "stack: an external ingress from anywhere",
    { stack: { ingress: { controller: "external", domain: "shop.example" } } },
    [
      "Pulumi.uat.yaml:9 → slipway:ingress.namespace",
      "allowed: the namespace its pods run in: lower-case letters, digits and dashes, at most 63, a letter or digit at both ends",
      "fix:     it is missing: add `slipway:ingress.namespace`",
    ],
  ],
  [
    "stack: a domain that is none",
    { stack: { ingress: { ...ingress, domain: "shop_example" } } },
    [
      "Pulumi.uat.yaml:12 → slipway:ingress.domain",
      'given:   "shop_example"',
      "allowed: the domain that host names are made below: lower-case labels of letters, digits and dashes, joined by dots",
    ],
  ],
  [
    "stack: a controller's image by tag",
    {
      stack: {
        ingress: {
          controller: "managed",
          domain: "shop.example",
          image: "docker.io/library/traefik:latest",
        },
      },
    },
    [
      "Pulumi.uat.yaml:12 → slipway:ingress.image",
      'given:   "docker.io/library/traefik:latest"',
      "allowed: the controller's image by digest, repository@sha256:…",
    ],
  ],
];
