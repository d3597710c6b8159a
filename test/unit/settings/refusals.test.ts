import assert from "node:assert/strict";
import { Override, ProjectFile } from "../../../src/settings/project";
import { readWith, refusalOf, type Differences } from "../../support/checkout";
import { realSandbox } from "../../support/stacks";

const projectKeys = Object.keys(ProjectFile.shape).join(", ");
const overrideKeys = Object.keys(Override.shape).join(", ");

const project = (name: string, text: string): Differences => ({
  files: { [`projects/${name}.yaml`]: text },
});
const web = (more: string): Differences => project("Web", `name: Web\nkind: front\n${more}\n`);
const api = (more: string): Differences =>
  project("Shop.Api", `name: Shop.Api\nkind: back\nport: 8080\n${more}\n`);

const digest = `sha256:${"d".repeat(64)}`;
const ingress = { controller: "external", namespace: "ingress", domain: "shop.example" };
const sandbox = realSandbox;

/** What is given, and every line that is told of it below the title. */
const refusals: [title: string, given: Differences, told: string[]][] = [
  [
    "project: a typo in a key",
    web("replcias: 3"),
    [
      "projects/Web.yaml:3 → replcias",
      'given:   "replcias"',
      `allowed: one of the keys ${projectKeys}`,
      "mend:    did you mean `replicas`?",
    ],
  ],
  [
    "project: a key of another system",
    web("image: nginx"),
    ["projects/Web.yaml:3 → image", 'given:   "image"', `allowed: one of the keys ${projectKeys}`],
  ],
  [
    "project: a typo in the kind",
    project("Web", "name: Web\nkind: frnt\n"),
    [
      "projects/Web.yaml:2 → kind",
      'given:   "frnt"',
      "allowed: one of: front, back",
      "mend:    did you mean `front`?",
    ],
  ],
  [
    "project: no kind",
    project("Web", "name: Web\n"),
    [
      "projects/Web.yaml → kind",
      "allowed: one of: front, back",
      "mend:    it is missing: add `kind`",
    ],
  ],
  [
    "project: no name",
    project("Web", "kind: front\n"),
    [
      "projects/Web.yaml → name",
      "allowed: the project's name in Gitea: letters, digits, dots, dashes and underscores, at most 100",
      "mend:    it is missing: add `name`",
    ],
  ],
  [
    "project: a name that Gitea does not allow",
    project("Web", "name: We b\nkind: front\n"),
    [
      "projects/Web.yaml:1 → name",
      'given:   "We b"',
      "allowed: the project's name in Gitea: letters, digits, dots, dashes and underscores, at most 100",
    ],
  ],
  [
    "project: a name other than the file's",
    project("Web", "name: Wep\nkind: front\n"),
    [
      "projects/Web.yaml:1 → name",
      'given:   "Wep"',
      "allowed: Web, as the file is called",
      "mend:    change the name, or rename the file to projects/Wep.yaml",
    ],
  ],
  [
    "project: port 0",
    project("Shop.Api", "name: Shop.Api\nkind: back\nport: 0\n"),
    ["projects/Shop.Api.yaml:3 → port", "given:   0", "allowed: a TCP port, 1 to 65535"],
  ],
  [
    "project: port 70000",
    project("Shop.Api", "name: Shop.Api\nkind: back\nport: 70000\n"),
    ["projects/Shop.Api.yaml:3 → port", "given:   70000", "allowed: a TCP port, 1 to 65535"],
  ],
  [
    "project: a port in words",
    project("Shop.Api", "name: Shop.Api\nkind: back\nport: http\n"),
    ["projects/Shop.Api.yaml:3 → port", 'given:   "http"', "allowed: a TCP port, 1 to 65535"],
  ],
  [
    "project: a back end without a port",
    project("Shop.Api", "name: Shop.Api\nkind: back\n"),
    [
      "projects/Shop.Api.yaml → port",
      "allowed: a TCP port, 1 to 65535",
      "mend:    it is missing: add `port`",
    ],
  ],
  [
    "project: replicas 0",
    web("replicas: 0"),
    ["projects/Web.yaml:3 → replicas", "given:   0", "allowed: a number of pods, 1 to 100"],
  ],
  [
    "project: half a pod",
    web("replicas: 1.5"),
    ["projects/Web.yaml:3 → replicas", "given:   1.5", "allowed: a number of pods, 1 to 100"],
  ],
  [
    "project: an unknown strategy",
    web("strategy: roling"),
    [
      "projects/Web.yaml:3 → strategy",
      'given:   "roling"',
      "allowed: one of: rolling, recreate, blueGreen, halves, canary; or {kind: canary, steps: [{weight, pause}], header, cookie}",
      "mend:    did you mean `rolling`?",
    ],
  ],
  [
    "project: an unknown way to expose",
    web("expose: nodeport"),
    [
      "projects/Web.yaml:3 → expose",
      'given:   "nodeport"',
      "allowed: one of: ingress, nodePort, none",
      "mend:    did you mean `nodePort`?",
    ],
  ],
  [
    "project: memory in decimal units",
    web("resources: { limits: { memory: 512M } }"),
    [
      "projects/Web.yaml:3 → resources.limits.memory",
      'given:   "512M"',
      "allowed: a size with Ki, Mi, Gi or Ti, such as 512Mi",
    ],
  ],
  [
    "project: memory of half a byte",
    web("resources: { limits: { memory: 512m } }"),
    [
      "projects/Web.yaml:3 → resources.limits.memory",
      'given:   "512m"',
      "allowed: a size with Ki, Mi, Gi or Ti, such as 512Mi",
    ],
  ],
  [
    "project: no CPU at all",
    web("resources: { requests: { cpu: 0 } }"),
    [
      "projects/Web.yaml:3 → resources.requests.cpu",
      "given:   0",
      "allowed: CPU in cores or thousandths, such as 2, 0.5 or 250m",
    ],
  ],
  [
    "project: more requested than allowed",
    web("resources: { requests: { memory: 1Gi } }"),
    [
      "projects/Web.yaml:3 → resources.requests.memory",
      'given:   "1Gi"',
      "allowed: at most the limit, 128Mi",
      "mend:    lower it, or raise `resources.limits.memory`",
    ],
  ],
  [
    "project: more CPU requested than allowed",
    web("resources: { requests: { cpu: 2 } }"),
    [
      "projects/Web.yaml:3 → resources.requests.cpu",
      'given:   "2"',
      "allowed: at most the limit, 500m",
      "mend:    lower it, or raise `resources.limits.cpu`",
    ],
  ],
  [
    "project: a probe without a path",
    web("probes: { check: healthz }"),
    [
      "projects/Web.yaml:3 → probes.check",
      'given:   "healthz"',
      "allowed: a path that answers 200, such as /healthz, or tcp",
    ],
  ],
  [
    "project: a probe setting that is none",
    web("probes: { path: /healthz }"),
    [
      "projects/Web.yaml:3 → probes.path",
      'given:   "path"',
      "allowed: one of the keys check, liveness, startSeconds, periodSeconds, timeoutSeconds, failures",
    ],
  ],
  [
    "project: a variable's name",
    web("env: { MY-VAR: x }"),
    [
      "projects/Web.yaml:3 → env.MY-VAR",
      'given:   "MY-VAR"',
      "allowed: a variable's name: letters, digits and underscores",
    ],
  ],
  [
    "project: a variable that is a list",
    web("env: { A: [1] }"),
    ["projects/Web.yaml:3 → env.A", "given:   [1]", "allowed: a text, a number, true or false"],
  ],
  [
    "project: variables as a list",
    web("env: [A=1]"),
    [
      "projects/Web.yaml:3 → env",
      'given:   ["A=1"]',
      "allowed: a mapping from variables to values",
    ],
  ],
  [
    "project: a plain password",
    web("env: { DB_PASSWORD: hunter2 }"),
    [
      "projects/Web.yaml:3 → env.DB_PASSWORD",
      "allowed: no credential in plain text, and this looks like one",
      "mend:    move it to `secrets: {DB_PASSWORD: dbPassword}`, then: pulumi config set --secret slipway:secrets.dbPassword",
    ],
  ],
  [
    "project: a plain password in one environment",
    web("environments: { prod: { env: { API_KEY: k3y } } }"),
    [
      "projects/Web.yaml:3 → environments.prod.env.API_KEY",
      "allowed: no credential in plain text, and this looks like one",
      "mend:    move it to `secrets: {API_KEY: apiKey}`, then: pulumi config set --secret slipway:secrets.apiKey",
    ],
  ],
  [
    "project: a password inside an address",
    web('env: { DATABASE: "postgres://me:hunter2@db/shop" }'),
    [
      "projects/Web.yaml:3 → env.DATABASE",
      "allowed: no credential in plain text, and this looks like one",
      "mend:    move it to `secrets: {DATABASE: database}`, then: pulumi config set --secret slipway:secrets.database",
    ],
  ],
  [
    "project: a private key",
    web('env: { CERT: "-----BEGIN RSA PRIVATE KEY-----" }'),
    [
      "projects/Web.yaml:3 → env.CERT",
      "allowed: no credential in plain text, and this looks like one",
      "mend:    move it to `secrets: {CERT: cert}`, then: pulumi config set --secret slipway:secrets.cert",
    ],
  ],
  [
    "project: a secret that the stack does not have",
    web("secrets: { DB_PASSWORD: dbPassword }"),
    [
      "projects/Web.yaml:3 → secrets.DB_PASSWORD",
      'given:   "dbPassword"',
      "allowed: a secret of this stack; it has none",
      "mend:    pulumi config set --secret slipway:secrets.dbPassword",
    ],
  ],
  [
    "project: the secret itself for its name",
    web('secrets: { DB_PASSWORD: "hunter2!" }'),
    [
      "projects/Web.yaml:3 → secrets.DB_PASSWORD",
      "allowed: the name of a secret of the stack: letters and digits, a letter first; never the secret itself",
    ],
  ],
  [
    "project: a variable both plain and secret",
    {
      ...web("env: { A: x }\nsecrets: { A: a }"),
      stack: { "slipway:secrets.a": "x" },
      secret: ["slipway:secrets.a"],
    },
    [
      "projects/Web.yaml:3 → env.A",
      "allowed: a variable set once",
      "mend:    it is also in `secrets`: remove one of the two",
    ],
  ],
  [
    "project: a volume for two pods",
    api("volumes: { data: { path: /data, size: 1Gi } }\nstrategy: recreate"),
    [
      "projects/Shop.Api.yaml → replicas",
      "given:   2",
      "allowed: 1, since the volume `data` can be mounted on one node only",
      "mend:    set `replicas: 1` without `autoscale`, or give the volume `access: ReadWriteMany`",
    ],
  ],
  [
    "project: a volume and a rolling update",
    api("replicas: 1\nvolumes: { data: { path: /data, size: 1Gi } }"),
    [
      "projects/Shop.Api.yaml → strategy",
      'given:   "rolling"',
      "allowed: recreate, since a second pod could not mount the volume `data` beside the first",
      "mend:    add `strategy: recreate`, or give the volume `access: ReadWriteMany`",
    ],
  ],
  [
    "project: a volume without a size",
    api("volumes: { data: { path: /data, access: ReadWriteMany } }"),
    [
      "projects/Shop.Api.yaml:4 → volumes.data.size",
      "allowed: a size with Ki, Mi, Gi or Ti",
      "mend:    it is missing: add `volumes.data.size`",
    ],
  ],
  [
    "project: a volume over a scratch directory",
    api("volumes: { data: { path: /tmp, size: 1Gi, access: ReadWriteMany } }"),
    [
      "projects/Shop.Api.yaml:4 → volumes.data.path",
      'given:   "/tmp"',
      "allowed: one mount for each path",
      "mend:    `writable.0` mounts there too: change or remove one of the two",
    ],
  ],
  [
    "project: a volume's relative path",
    api("volumes: { data: { path: data, size: 1Gi, access: ReadWriteMany } }"),
    [
      "projects/Shop.Api.yaml:4 → volumes.data.path",
      'given:   "data"',
      "allowed: an absolute path without `.`, `..` and a slash at the end",
    ],
  ],
  [
    "project: a host name with capitals",
    web("hosts: [Web.shop.example]"),
    [
      "projects/Web.yaml:3 → hosts.0",
      'given:   "Web.shop.example"',
      "allowed: a host name: lower-case labels of letters, digits and dashes, joined by dots",
    ],
  ],
  [
    "project: an address for a host name",
    web('hosts: ["http://web.shop.example"]'),
    [
      "projects/Web.yaml:3 → hosts.0",
      'given:   "http://web.shop.example"',
      "allowed: a host name: lower-case labels of letters, digits and dashes, joined by dots",
    ],
  ],
  [
    "project: no host names",
    web("hosts: []"),
    [
      "projects/Web.yaml:3 → hosts",
      "given:   []",
      "allowed: at least one host name; without `hosts` it follows from the project's name",
    ],
  ],
  [
    "project: a path without a slash",
    web("path: shop"),
    ["projects/Web.yaml:3 → path", 'given:   "shop"', "allowed: a path prefix that begins with /"],
  ],
  [
    "project: root",
    web("runAsUser: 0"),
    [
      "projects/Web.yaml:3 → runAsUser",
      "given:   0",
      "allowed: a user number other than root's, 1 to 65535",
    ],
  ],
  [
    "project: a writable directory above all",
    web("writable: [/data/../etc]"),
    [
      "projects/Web.yaml:3 → writable.0",
      'given:   "/data/../etc"',
      "allowed: an absolute path without `.`, `..` and a slash at the end",
    ],
  ],
  [
    "project: an alias that is no address",
    web("hostAliases: { db: [db.local] }"),
    ["projects/Web.yaml:3 → hostAliases.db", 'given:   "db"', "allowed: an IP address"],
  ],
  [
    "project: a network that is none",
    web("egress: [{ cidr: 10.0.0.0 }]"),
    [
      "projects/Web.yaml:3 → egress.0.cidr",
      'given:   "10.0.0.0"',
      "allowed: an IPv4 range such as 10.0.0.0/8",
    ],
  ],
  [
    "project: an autoscaler that cannot grow",
    web("autoscale: { max: 2 }"),
    [
      "projects/Web.yaml:3 → autoscale.max",
      "given:   2",
      "allowed: more than `replicas`, which is the least number of pods (2)",
    ],
  ],
  [
    "project: an autoscaler without an end",
    web("autoscale: { cpu: 60 }"),
    [
      "projects/Web.yaml:3 → autoscale.max",
      "allowed: the most pods, 2 to 1000",
      "mend:    it is missing: add `autoscale.max`",
    ],
  ],
  [
    "project: NodePorts where there are none",
    api("expose: nodePort"),
    [
      "projects/Shop.Api.yaml:4 → expose",
      'given:   "nodePort"',
      "allowed: ingress or none, since this stack has no NodePorts",
      "mend:    or add `slipway:nodePorts: {base: 31000}` to Pulumi.uat.yaml",
    ],
  ],
  [
    "project: a NodePort for the number of a pair",
    { ...api("nodePort: 31007") },
    [
      "projects/Shop.Api.yaml:4 → nodePort",
      "given:   31007",
      "allowed: the number of a pair of NodePorts, 1 to 767",
    ],
  ],
  [
    "project: an environment that is none",
    web("environments: { produ: { replicas: 3 } }"),
    [
      "projects/Web.yaml:3 → environments.produ",
      'given:   "produ"',
      "allowed: a stack of this checkout: prod, uat",
      "mend:    did you mean `prod`?",
    ],
  ],
  [
    "project: a typo in an environment",
    web("environments: { prod: { replicsa: 3 } }"),
    [
      "projects/Web.yaml:3 → environments.prod.replicsa",
      'given:   "replicsa"',
      `allowed: one of the keys ${overrideKeys}`,
      "mend:    did you mean `replicas`?",
    ],
  ],
  [
    "project: a value of one environment",
    web("environments: { uat: { resources: { requests: { memory: 1Gi } } } }"),
    [
      "projects/Web.yaml:3 → environments.uat.resources.requests.memory",
      'given:   "1Gi"',
      "allowed: at most the limit, 128Mi",
      "mend:    lower it, or raise `resources.limits.memory`",
    ],
  ],
  [
    "project: not a mapping",
    project("Web", "- Web\n"),
    ["projects/Web.yaml", 'given:   ["Web"]', `allowed: a mapping with keys of: ${projectKeys}`],
  ],
  [
    "project: an empty file",
    project("Web", ""),
    [
      "projects/Web.yaml",
      "allowed: one YAML document",
      "mend:    the parser says: expected a document, but the input is empty",
    ],
  ],
  [
    "project: not YAML",
    project("Web", "name: Web\nkind: [front\n"),
    [
      "projects/Web.yaml:3",
      "allowed: one YAML document",
      "mend:    the parser says: deficient indentation",
    ],
  ],
  [
    "project: a key twice",
    project("Web", "name: Web\nkind: front\nkind: back\n"),
    [
      "projects/Web.yaml:3",
      "allowed: one YAML document",
      "mend:    the parser says: duplicated mapping key",
    ],
  ],
  [
    "project: a file that ends otherwise",
    { files: { "projects/New.yml": "name: New\n" } },
    ["projects/New.yml", "allowed: files that end in .yaml", "mend:    rename it to New.yaml"],
  ],
  [
    "two projects with one Kubernetes name",
    { files: { "projects/Shop_Api.yaml": "name: Shop_Api\nkind: back\nport: 1\n" } },
    [
      "projects/Shop_Api.yaml:1 → name",
      'given:   "Shop_Api"',
      "allowed: a name of its own: as a Kubernetes name it becomes `shop-api`, and so does Shop.Api",
      "mend:    rename one of the two in Gitea and here",
    ],
  ],
  [
    "a project with a name that is taken",
    { files: { "projects/Default.yaml": "name: Default\nkind: front\n" } },
    [
      "projects/Default.yaml:1 → name",
      'given:   "Default"',
      "allowed: a name that does not become `default`, which the platform uses itself",
      "mend:    rename the project in Gitea and here",
    ],
  ],
  [
    "two projects on one host name",
    {
      files: {
        "projects/Web.yaml": "name: Web\nkind: front\nhosts: [a.example]\n",
        "projects/Shop.Api.yaml":
          "name: Shop.Api\nkind: back\nport: 8080\nexpose: ingress\nhosts: [a.example]\n",
      },
    },
    [
      "projects/Web.yaml:3 → hosts",
      'given:   "a.example"',
      "allowed: a host name of its own: Shop.Api has this one",
      "mend:    change `hosts` of one of the two",
    ],
  ],
  [
    "two projects on one NodePort",
    {
      stack: { nodePorts: { base: 31000 } },
      files: {
        "projects/Web.yaml": "name: Web\nkind: front\nexpose: nodePort\nnodePort: 7\n",
        "projects/Shop.Api.yaml":
          "name: Shop.Api\nkind: back\nport: 8080\nexpose: nodePort\nnodePort: 7\n",
      },
    },
    [
      "projects/Web.yaml:4 → nodePort",
      "given:   7",
      "allowed: a pair of NodePorts of its own: Shop.Api has 31007 as well",
      "mend:    add `nodePort: 1`, the next that is free",
    ],
  ],
  [
    "stack: an unknown key",
    { stack: { registy: { host: "x" } } },
    [
      "Pulumi.uat.yaml:19 → slipway:registy",
      'given:   "registy"',
      "allowed: one of the keys system, cluster, registry, ingress, nodePorts, quota, storage, build, check, archive, branches, promotion, freeze, defaults, releases",
      "mend:    did you mean `registry`?",
    ],
  ],
  [
    "stack: a key of another namespace",
    { stack: { "slipwy:system": "shop" } },
    [
      "Pulumi.uat.yaml:19 → slipwy:system",
      'given:   "slipwy:system"',
      "allowed: keys that begin with slipway:",
      "mend:    did you mean `slipway:system`?",
    ],
  ],
  [
    "stack: a cluster by Pulumi's own key",
    { stack: { "kubernetes:context": "prod" } },
    [
      "Pulumi.uat.yaml:19 → kubernetes:context",
      'given:   "kubernetes:context"',
      "allowed: keys that begin with slipway:",
      "mend:    say it in `slipway:cluster`: the program uses no other cluster than that one",
    ],
  ],
  [
    "stack: no cluster",
    { stack: { cluster: undefined } },
    [
      "Pulumi.uat.yaml:1 → slipway:cluster",
      "allowed: one of: kubeconfig, sandbox",
      "mend:    it is missing: add `slipway:cluster`",
    ],
  ],
  [
    "stack: no registry",
    { stack: { registry: undefined } },
    [
      "Pulumi.uat.yaml:1 → slipway:registry",
      "allowed: a mapping with the registry's host, such as {host: harbor:8080}",
      "mend:    it is missing: add `slipway:registry`",
    ],
  ],
  [
    "stack: no ingress",
    { stack: { ingress: undefined } },
    [
      "Pulumi.uat.yaml:1 → slipway:ingress",
      "allowed: one of: managed, sandbox, external",
      "mend:    it is missing: add `slipway:ingress`",
    ],
  ],
  [
    "stack: a kind of cluster that is none",
    { stack: { cluster: { kind: "kubeconfg", file: "uat.yaml", identifier: "a" } } },
    [
      "Pulumi.uat.yaml:4 → slipway:cluster.kind",
      'given:   "kubeconfg"',
      "allowed: one of: kubeconfig, sandbox",
      "mend:    did you mean `kubeconfig`?",
    ],
  ],
  [
    "stack: a cluster in one word",
    { stack: { cluster: "kubeconfig" } },
    [
      "Pulumi.uat.yaml:3 → slipway:cluster",
      'given:   "kubeconfig"',
      "allowed: one of: kubeconfig, sandbox",
      "mend:    did you mean `kubeconfig`?",
    ],
  ],
  [
    "stack: no identifier",
    { stack: { cluster: { kind: "kubeconfig", file: "uat.yaml" } } },
    [
      "Pulumi.uat.yaml:3 → slipway:cluster.identifier",
      "allowed: a lasting name of the cluster, whatever happens to its address: lower-case letters, digits and dashes, at most 63, a letter or digit at both ends",
      "mend:    it is missing: add `slipway:cluster.identifier`",
    ],
  ],
  [
    "stack: a kubeconfig that is not there",
    { stack: { cluster: { kind: "kubeconfig", file: "nowhere.yaml", identifier: "a" } } },
    [
      "Pulumi.uat.yaml:5 → slipway:cluster.file",
      'given:   "/home/.kube/nowhere.yaml"',
      "allowed: a kubeconfig that exists",
      'mend:    put it there, or change `file`; in the sandbox: eval "$(npx slipway env)"',
    ],
  ],
  [
    "stack: a kubeconfig that is none",
    { files: { "~/.kube/uat.yaml": "hello: world\n" } },
    [
      "Pulumi.uat.yaml:5 → slipway:cluster.file",
      'given:   "/home/.kube/uat.yaml"',
      "allowed: a kubeconfig with clusters, users and contexts",
      "mend:    at contexts: Invalid input: expected array, received undefined",
    ],
  ],
  [
    "stack: a kubeconfig that is not YAML",
    { files: { "~/.kube/uat.yaml": "a: [\n" } },
    [
      "Pulumi.uat.yaml:5 → slipway:cluster.file",
      'given:   "/home/.kube/uat.yaml"',
      "allowed: a kubeconfig with clusters, users and contexts",
      "mend:    it is not YAML",
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
      "mend:    replace `insecure-skip-tls-verify` by `certificate-authority-data`",
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
      "mend:    add the user u to /home/.kube/uat.yaml",
    ],
  ],
  [
    "stack: the sandbox's ingress elsewhere",
    { stack: { ingress: { controller: "sandbox", domain: "shop.example" } } },
    [
      "Pulumi.uat.yaml:10 → slipway:ingress.controller",
      'given:   "sandbox"',
      "allowed: managed or external: only a sandbox brings its own",
    ],
  ],
  [
    "stack: an ingress controller that is none",
    { stack: { ingress: { ...ingress, controller: "nginx" } } },
    [
      "Pulumi.uat.yaml:10 → slipway:ingress.controller",
      'given:   "nginx"',
      "allowed: one of: managed, sandbox, external",
    ],
  ],
  [
    "stack: an external ingress from anywhere",
    { stack: { ingress: { controller: "external", domain: "shop.example" } } },
    [
      "Pulumi.uat.yaml:9 → slipway:ingress.namespace",
      "allowed: the namespace its pods run in: lower-case letters, digits and dashes, at most 63, a letter or digit at both ends",
      "mend:    it is missing: add `slipway:ingress.namespace`",
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
  [
    "stack: a registry with a scheme",
    { stack: { registry: { host: "http://harbor:8080" } } },
    [
      "Pulumi.uat.yaml:8 → slipway:registry.host",
      'given:   "http://harbor:8080"',
      "allowed: a registry's host, with a port if it has one, such as harbor:8080; no scheme, no path",
    ],
  ],
  [
    "stack: a registry's user without a password",
    { stack: { registry: { host: "harbor:8080", user: "robot" } } },
    [
      "Pulumi.uat.yaml:7 → slipway:registry.password",
      "allowed: user and password together, or neither for a registry that is open to its nodes",
      "mend:    add `password`",
    ],
  ],
  [
    "stack: a registry's password in plain text",
    { stack: { registry: { host: "harbor:8080", user: "robot", password: "hunter2!" } } },
    [
      "Pulumi.uat.yaml:10 → slipway:registry.password",
      "allowed: the name of a secret of the stack: letters and digits, a letter first; never the secret itself",
    ],
  ],
  [
    "stack: a registry's password that is not set",
    { stack: { registry: { host: "harbor:8080", user: "robot", password: "registryPassword" } } },
    [
      "Pulumi.uat.yaml:10 → slipway:registry.password",
      "allowed: the name of a secret of this stack; there is none of the name given",
      "mend:    pulumi config set --secret slipway:secrets.<name>",
    ],
  ],
  [
    "stack: a secret in plain text",
    { stack: { "slipway:secrets.dbPassword": "hunter2" } },
    [
      "Pulumi.uat.yaml:19 → slipway:secrets.dbPassword",
      "allowed: an encrypted value; this one is plain text",
      "mend:    change the secret, for it has been readable, then: pulumi config set --secret slipway:secrets.dbPassword",
    ],
  ],
  [
    "stack: secrets under one key",
    { stack: { secrets: { dbPassword: "hunter2" } }, secret: ["slipway:secrets"] },
    [
      "Pulumi.uat.yaml:19 → slipway:secrets",
      "allowed: a key for each secret, so that none hides among plain values",
      "mend:    pulumi config set --secret slipway:secrets.<name>",
    ],
  ],
  [
    "stack: a secret's name",
    {
      stack: { "slipway:secrets.db-password": "hunter2" },
      secret: ["slipway:secrets.db-password"],
    },
    [
      "Pulumi.uat.yaml:19 → slipway:secrets.db-password",
      'given:   "db-password"',
      "allowed: the name of a secret of the stack: letters and digits, a letter first; never the secret itself",
    ],
  ],
  [
    "stack: an empty secret",
    { stack: { "slipway:secrets.dbPassword": "" }, secret: ["slipway:secrets.dbPassword"] },
    ["Pulumi.uat.yaml:19 → slipway:secrets.dbPassword", "allowed: a value that is not empty"],
  ],
  [
    "stack: a secret where none belongs",
    { stack: { system: "shop" }, secret: ["slipway:system"] },
    [
      "Pulumi.uat.yaml:2 → slipway:system",
      "allowed: a plain value: it decides what is declared",
      "mend:    set it again without --secret",
    ],
  ],
  [
    "stack: a plain password for all projects",
    { stack: { defaults: { env: { DB_PASSWORD: "hunter2" } } } },
    [
      "Pulumi.uat.yaml:21 → slipway:defaults.env.DB_PASSWORD",
      "allowed: no credential in plain text, and this looks like one",
      "mend:    move it to `secrets: {DB_PASSWORD: dbPassword}`, then: pulumi config set --secret slipway:secrets.dbPassword",
    ],
  ],
  [
    "stack: a default that no stack can set",
    { stack: { defaults: { hosts: ["a.example"] } } },
    [
      "Pulumi.uat.yaml:20 → slipway:defaults.hosts",
      'given:   "hosts"',
      "allowed: one of the keys replicas, autoscale, resources, probes, env, hostAliases, writable, runAsUser, spread, egress, strategy, check, configMode, prepull, expose, ingress",
    ],
  ],
  [
    "stack: a record of a project that is not there",
    { stack: { releases: { Web: { digest }, "Shop.Api": { digest }, "Shop.Pai": { digest } } } },
    [
      "Pulumi.uat.yaml:18 → slipway:releases.Shop.Pai",
      'given:   "Shop.Pai"',
      "allowed: a project of this checkout: Shop.Api, Web",
      "mend:    did you mean `Shop.Api`?",
    ],
  ],
  [
    "stack: a record with the tag latest",
    { stack: { releases: { Web: { digest, tag: "latest" } } } },
    [
      "Pulumi.uat.yaml:16 → slipway:releases.Web.tag",
      'given:   "latest"',
      "allowed: an image tag, other than `latest`, which says nothing of what runs",
    ],
  ],
  [
    "stack: a record without a digest",
    { stack: { releases: { Web: { tag: "v1" } } } },
    [
      "Pulumi.uat.yaml:14 → slipway:releases.Web.digest",
      "allowed: an image digest: sha256: and 64 lower-case hex digits",
      "mend:    it is missing: add `slipway:releases.Web.digest`",
    ],
  ],
  [
    "stack: a digest cut short",
    { stack: { releases: { Web: { digest: "sha256:dddd" } } } },
    [
      "Pulumi.uat.yaml:15 → slipway:releases.Web.digest",
      'given:   "sha256:dddd"',
      "allowed: an image digest: sha256: and 64 lower-case hex digits",
    ],
  ],
  [
    "stack: NodePorts out of range",
    { stack: { nodePorts: { base: 33000 } } },
    [
      "Pulumi.uat.yaml:20 → slipway:nodePorts.base",
      "given:   33000",
      "allowed: what the number of a pair is added to, such as 31000 for test and 32000 for prod, 30000 to 32000",
    ],
  ],
  [
    "stack: a quota that is too small",
    { stack: { quota: { cpu: "0.1", memory: "100Mi", pods: 2 } } },
    [
      "Pulumi.uat.yaml:20 → slipway:quota.cpu",
      'given:   "0.1"',
      "allowed: at least 1, what its projects need while they are all updated",
      "mend:    raise it, or lower what the projects request",
      "Pulumi.uat.yaml:21 → slipway:quota.memory",
      'given:   "100Mi"',
      "allowed: at least 1Gi, what its projects need while they are all updated",
      "mend:    raise it, or lower what the projects request",
      "Pulumi.uat.yaml:22 → slipway:quota.pods",
      "given:   2",
      "allowed: at least 6, what its projects need while they are all updated",
      "mend:    raise it, or lower what the projects request",
    ],
  ],
  [
    "stack: a system's name",
    { stack: { system: "Shop_1" } },
    [
      "Pulumi.uat.yaml:2 → slipway:system",
      'given:   "Shop_1"',
      "allowed: the system, the first part of the namespace: lower-case letters, digits and dashes, at most 63, a letter or digit at both ends",
    ],
  ],
  [
    "stack: a sandbox that this shell knows nothing of",
    {
      stack: {
        cluster: { kind: "sandbox" },
        registry: undefined,
        ingress: { controller: "sandbox", domain: "localhost" },
      },
    },
    [
      "Pulumi.uat.yaml:4 → slipway:cluster.kind",
      'given:   "sandbox"',
      "allowed: a sandbox that this shell knows of; SLIPWAY_SANDBOX is not set",
      'mend:    npm run up, then in this shell: eval "$(npx slipway env)"',
    ],
  ],
  [
    "sandbox: not of this version",
    { sandbox, files: { "~/sandbox.json": "{}" } },
    [
      "Pulumi.uat.yaml:4 → slipway:cluster.kind",
      'given:   "sandbox"',
      "allowed: a sandbox of this version; /home/sandbox.json is not what it writes",
      'mend:    npm run up, then in this shell: eval "$(npx slipway env)"',
    ],
  ],
  [
    "sandbox: a registry of one's own",
    { sandbox, stack: { registry: { host: "harbor:8080" } } },
    [
      "Pulumi.uat.yaml:8 → slipway:registry",
      'given:   "harbor:8080"',
      "allowed: nothing here: the sandbox brings its registry",
      "mend:    remove it",
    ],
  ],
  [
    "source: no code",
    {
      sandbox,
      files: {
        "projects/Shop.Web.yaml": "name: Shop.Web\nkind: back\nport: 1\n",
        "examples/config/back/Dockerfile.Shop.Web": "FROM x\n",
        "examples/config/back/appsettings.json.Shop.Web": "{}",
      },
    },
    [
      "projects/Shop.Web.yaml:1 → name",
      'given:   "examples/Shop.Web"',
      "allowed: a directory with the project's code",
      "mend:    add it, or give it a record in `slipway:releases`",
    ],
  ],
  [
    "source: a config file with a letter swapped",
    {
      sandbox,
      files: {
        "projects/Packet_BSI_PC_UI.yaml": "name: Packet_BSI_PC_UI\nkind: front\n",
        "examples/Packet_BSI_PC_UI/index.html": "x",
        "examples/config/front/Packet_BSL_PC_UI.proxy.conf": "x",
      },
    },
    [
      "projects/Packet_BSI_PC_UI.yaml → config",
      'given:   "examples/config/front/Packet_BSI_PC_UI.proxy.conf"',
      "allowed: a file of the config repository",
      "mend:    there is `Packet_BSL_PC_UI.proxy.conf`: rename it, or say in the project's file where it is: `config: …`",
    ],
  ],
  [
    "source: no Dockerfile",
    {
      sandbox,
      files: {
        "projects/New.yaml": "name: New\nkind: back\nport: 1\n",
        "examples/New/x": "x",
        "examples/config/back/appsettings.json.New": "{}",
      },
    },
    [
      "projects/New.yaml → dockerfile",
      'given:   "examples/config/back/Dockerfile.New"',
      "allowed: a file of the config repository",
      "mend:    add it, or say in the project's file where it is: `dockerfile: …`",
    ],
  ],
  [
    "source: a Dockerfile that is none",
    { sandbox, files: { "examples/config/front/dockerfile": "hello\n" } },
    [
      "projects/Web.yaml → dockerfile",
      'given:   "examples/config/front/dockerfile"',
      "allowed: a Dockerfile with a FROM line",
    ],
  ],
  [
    "source: a config file named in the project that is not there",
    {
      sandbox,
      files: { "projects/Web.yaml": "name: Web\nkind: front\nconfig: front/Wab.proxy.conf\n" },
    },
    [
      "projects/Web.yaml:3 → config",
      'given:   "examples/config/front/Wab.proxy.conf"',
      "allowed: a file of the config repository",
      "mend:    there is `Web.proxy.conf`: rename it, or say in the project's file where it is: `config: …`",
    ],
  ],
];

describe("settings that are refused", () => {
  for (const [title, given, told] of refusals) {
    it(title, () => {
      const [heading, ...lines] = refusalOf(given);
      assert.deepEqual(lines, told);
      assert.ok(!lines.join().includes("hunter2"), "a secret is never repeated");
      const count = told.filter((line) => line.startsWith("allowed:")).length;
      const problems = count === 1 ? "1 problem" : `${count} problems`;
      assert.equal(heading, `Stack uat is refused, nothing was changed: ${problems}`);
    });
  }

  it("are at least sixty kinds", () => {
    assert.ok(refusals.length >= 60, `${refusals.length}`);
  });

  it("are all told at once, by file", () => {
    const lines = refusalOf({
      stack: {
        registy: {},
        "slipway:secrets.dbPassword": "hunter2",
        releases: { Web: { digest, tag: "latest" } },
      },
      files: {
        "projects/Web.yaml": "name: Web\nkind: frnt\nreplicas: 0\n",
        "projects/Shop.Api.yaml": "name: Shop.Api\nkind: back\nport: 0\n",
        "projects/A.yaml":
          "name: A\nkind: front\nhosts: [a.example]\nenv: { API_TOKEN: hunter2 }\n",
        "projects/B.yaml": "name: B\nkind: front\nhosts: [a.example]\n",
        "projects/C.D.yaml": "name: C.D\nkind: front\n",
        "projects/C_D.yaml": "name: C_D\nkind: front\n",
      },
    });
    const places = lines.filter((line) => line.includes(" → "));
    assert.deepEqual(places, [
      "Pulumi.uat.yaml:16 → slipway:releases.Web.tag",
      "Pulumi.uat.yaml:17 → slipway:registy",
      "Pulumi.uat.yaml:18 → slipway:secrets.dbPassword",
      "projects/A.yaml:4 → env.API_TOKEN",
      "projects/B.yaml:3 → hosts",
      "projects/C_D.yaml:1 → name",
      "projects/Shop.Api.yaml:3 → port",
      "projects/Web.yaml:2 → kind",
      "projects/Web.yaml:3 → replicas",
    ]);
  });
});

describe("settings that hold", () => {
  it("those of the small checkout that the refusals start from", () => {
    const { system, images } = readWith();
    assert.equal(system, "shop");
    assert.deepEqual(
      images.projects.map(({ name }) => name),
      ["shop-api", "web"],
    );
  });

  it("a sandbox builds what has no record, on the base images that its Dockerfiles name", () => {
    const { images, registry } = readWith({ sandbox });
    assert.deepEqual(registry, { host: "127.0.0.1:5000" });
    assert.deepEqual(Object.keys(images.builder?.bases ?? {}), ["front/packet"]);
    assert.ok(images.projects.every(({ image }) => "source" in image));
  });

  it("a record is run even where it could be built", () => {
    const { images } = readWith({ sandbox, stack: { releases: { Web: { digest } } } });
    const image = images.projects.find(({ name }) => name === "web")?.image;
    assert.deepEqual(image, { ref: `127.0.0.1:5000/front/web@${digest}` });
  });

  it("a project without a record, where nothing is built, is left out", () => {
    const { images } = readWith({ stack: { releases: { Web: { digest } } } });
    assert.deepEqual(images.leftOut, ["Shop.Api"]);
    assert.deepEqual(
      images.projects.map(({ name }) => name),
      ["web"],
    );
  });
});
