import { projectKeys, project, web, type Refusal } from "./given";

/** A project's own settings: keys, numbers, probes. */
export const basics: Refusal[] = [
  [
    "project: a typo in a key",
    web("replcias: 3"),
    [
      "projects/Web.yaml:3 → replcias",
      'given:   "replcias"',
      `allowed: one of the keys ${projectKeys}`,
      "fix:     did you mean `replicas`?",
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
      "fix:     did you mean `front`?",
    ],
  ],
  [
    "project: no kind",
    project("Web", "name: Web\n"),
    [
      "projects/Web.yaml → kind",
      "allowed: one of: front, back",
      "fix:     it is missing: add `kind`",
    ],
  ],
  [
    "project: no name",
    project("Web", "kind: front\n"),
    [
      "projects/Web.yaml → name",
      "allowed: the project's name in Gitea: letters, digits, dots, dashes and underscores, at most 100",
      "fix:     it is missing: add `name`",
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
      "fix:     change the name, or rename the file to projects/Wep.yaml",
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
      "fix:     it is missing: add `port`",
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
      "fix:     did you mean `rolling`?",
    ],
  ],
  [
    "project: an unknown way to expose",
    web("expose: nodeport"),
    [
      "projects/Web.yaml:3 → expose",
      'given:   "nodeport"',
      "allowed: one of: ingress, nodePort, none",
      "fix:     did you mean `nodePort`?",
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
      "fix:     lower it, or raise `resources.limits.memory`",
    ],
  ],
  [
    "project: more CPU requested than allowed",
    web("resources: { requests: { cpu: 2 } }"),
    [
      "projects/Web.yaml:3 → resources.requests.cpu",
      'given:   "2"',
      "allowed: at most the limit, 500m",
      "fix:     lower it, or raise `resources.limits.cpu`",
    ],
  ],
  [
    "project: a path by which an Ingress would be left out",
    web("path: /a|b"),
    [
      "projects/Web.yaml:3 → path",
      'given:   "/a|b"',
      "allowed: a path prefix that begins with /, of letters, digits and . _ - /, without //, /./ and /../",
    ],
  ],
  ...["//a", "/a/../b", "/a/.."].map((path): Refusal => [
    `project: a path that the API server refuses: ${path}`,
    web(`path: ${path}`),
    [
      "projects/Web.yaml:3 → path",
      `given:   "${path}"`,
      "allowed: a path prefix that begins with /, of letters, digits and . _ - /, without //, /./ and /../",
    ],
  ]),
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
      "allowed: one of the keys host, check, liveness, startSeconds, pullSeconds, minReadySeconds, periodSeconds, timeoutSeconds, failures",
    ],
  ],
];
