import { projectKeys, overrideKeys, project, web, type Refusal } from "./given";

/** Environments, files, and names that no two projects may share. */
export const files: Refusal[] = [
  [
    "project: an environment that is none",
    web("environments: { produ: { replicas: 3 } }"),
    [
      "projects/Web.yaml:3 → environments.produ",
      'given:   "produ"',
      "allowed: a stack of this checkout: prod, uat",
      "fix:     did you mean `prod`?",
    ],
  ],
  [
    "project: a typo in an environment",
    web("environments: { prod: { replicsa: 3 } }"),
    [
      "projects/Web.yaml:3 → environments.prod.replicsa",
      'given:   "replicsa"',
      `allowed: one of the keys ${overrideKeys}`,
      "fix:     did you mean `replicas`?",
    ],
  ],
  [
    "project: a value of one environment",
    web("environments: { uat: { resources: { requests: { memory: 1Gi } } } }"),
    [
      "projects/Web.yaml:3 → environments.uat.resources.requests.memory",
      'given:   "1Gi"',
      "allowed: at most the limit, 128Mi",
      "fix:     lower it, or raise `resources.limits.memory`",
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
      "fix:     the parser says: expected a document, but the input is empty",
    ],
  ],
  [
    "project: not YAML",
    project("Web", "name: Web\nkind: [front\n"),
    [
      "projects/Web.yaml:3",
      "allowed: one YAML document",
      "fix:     the parser says: deficient indentation",
    ],
  ],
  [
    "project: indented with a tab",
    project("Web", "name: Web\nkind: front\nresources:\n\tlimits: {}\n"),
    ["projects/Web.yaml:4", "allowed: one YAML document", "fix:     indent with blanks, not tabs"],
  ],
  [
    "project: a key twice",
    project("Web", "name: Web\nkind: front\nkind: back\n"),
    [
      "projects/Web.yaml:3",
      "allowed: one YAML document",
      "fix:     the parser says: duplicated mapping key",
    ],
  ],
  [
    "project: a file that ends otherwise",
    { files: { "projects/New.yml": "name: New\n" } },
    ["projects/New.yml", "allowed: files that end in .yaml", "fix:     rename it to New.yaml"],
  ],
  [
    "two projects with one Kubernetes name",
    { files: { "projects/Shop_Api.yaml": "name: Shop_Api\nkind: back\nport: 1\n" } },
    [
      "projects/Shop_Api.yaml:1 → name",
      'given:   "Shop_Api"',
      "allowed: a name of its own: as a Kubernetes name it becomes `shop-api`, and so does Shop.Api",
      "fix:     rename one of the two in Gitea and here",
    ],
  ],
  [
    "a project with a name that is taken",
    { files: { "projects/Default.yaml": "name: Default\nkind: front\n" } },
    [
      "projects/Default.yaml:1 → name",
      'given:   "Default"',
      "allowed: a name that does not become `default`, which the platform uses itself",
      "fix:     rename the project in Gitea and here",
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
      "allowed: a host name of its own, or a path of its own below it: Shop.Api has this one",
      "fix:     change `hosts` or `path` of one of the two",
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
      "fix:     add `nodePort: 1`, the next that is free",
    ],
  ],
];
