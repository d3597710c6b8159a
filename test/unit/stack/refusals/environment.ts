import { web, api, type Refusal } from "./given";

/** Volumes, names, addresses and numbers of pods of a project. */
export const environment: Refusal[] = [
  [
    "project: a volume for two pods",
    api("volumes: { data: { path: /data, size: 1Gi } }\nstrategy: recreate"),
    [
      "projects/Shop.Api.yaml → replicas",
      "given:   2",
      "allowed: 1, since the volume `data` can be mounted on one node only",
      "fix:     set `replicas: 1` without `autoscale`, or give the volume `access: ReadWriteMany`",
    ],
  ],
  [
    "project: a volume and a rolling update",
    api("replicas: 1\nvolumes: { data: { path: /data, size: 1Gi } }"),
    [
      "projects/Shop.Api.yaml → strategy",
      'given:   "rolling"',
      "allowed: recreate, since a second pod could not mount the volume `data` beside the first",
      "fix:     add `strategy: recreate`, or give the volume `access: ReadWriteMany`",
    ],
  ],
  [
    "project: a volume without a size",
    api("volumes: { data: { path: /data, access: ReadWriteMany } }"),
    [
      "projects/Shop.Api.yaml:4 → volumes.data.size",
      "allowed: a size with Ki, Mi, Gi or Ti",
      "fix:     it is missing: add `volumes.data.size`",
    ],
  ],
  [
    "project: a volume over a scratch directory",
    api("volumes: { data: { path: /tmp, size: 1Gi, access: ReadWriteMany } }"),
    [
      "projects/Shop.Api.yaml:4 → volumes.data.path",
      'given:   "/tmp"',
      "allowed: one mount for each path",
      "fix:     `writable.0` mounts there too: change or remove one of the two",
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
      "fix:     did you mean `web.shop.example`?",
    ],
  ],
  [
    "project: a host name in letters that DNS does not know",
    web("hosts: [bücher.example]"),
    [
      "projects/Web.yaml:3 → hosts.0",
      'given:   "bücher.example"',
      "allowed: a host name: lower-case labels of letters, digits and dashes, joined by dots",
      "fix:     did you mean `xn--bcher-kva.example`?",
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
    [
      "projects/Web.yaml:3 → path",
      'given:   "shop"',
      "allowed: a path prefix that begins with /, of letters, digits and . _ - /, without //, /./ and /../",
    ],
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
      "allowed: an IPv4 range by its first address, such as 10.0.0.0/8",
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
      "fix:     it is missing: add `autoscale.max`",
    ],
  ],
  [
    "project: NodePorts where there are none",
    api("expose: nodePort"),
    [
      "projects/Shop.Api.yaml:4 → expose",
      'given:   "nodePort"',
      "allowed: ingress or none, since this stack has no NodePorts",
      "fix:     or add `slipway:nodePorts: {base: 31000}` to Pulumi.uat.yaml",
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
];
