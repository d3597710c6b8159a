import { digest, type Refusal } from "./given";

/** Registry, secrets, records and quota of a stack. */
export const records: Refusal[] = [
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
      "fix:     add `password`",
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
      "fix:     pulumi config set --secret slipway:secrets.<name> --stack uat",
    ],
  ],
  [
    "stack: a secret in plain text",
    { stack: { "slipway:secrets.dbPassword": "hunter2" } },
    [
      "Pulumi.uat.yaml:19 → slipway:secrets.dbPassword",
      "allowed: an encrypted value; this one is plain text",
      "fix:     change the secret, for it has been readable, then: pulumi config set --secret slipway:secrets.dbPassword --stack uat",
    ],
  ],
  [
    "stack: secrets under one key",
    { stack: { secrets: { dbPassword: "hunter2" } }, secret: ["slipway:secrets"] },
    [
      "Pulumi.uat.yaml:19 → slipway:secrets",
      "allowed: a key for each secret, so that none hides among plain values",
      "fix:     pulumi config set --secret slipway:secrets.<name> --stack uat",
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
      "fix:     set it again without --secret",
    ],
  ],
  [
    "stack: a plain password for all projects",
    { stack: { defaults: { env: { DB_PASSWORD: "hunter2" } } } },
    [
      "Pulumi.uat.yaml:21 → slipway:defaults.env.DB_PASSWORD",
      "allowed: no credential in plain text, and this looks like one",
      "fix:     move it to `secrets: {DB_PASSWORD: dbPassword}`, then: pulumi config set --secret slipway:secrets.dbPassword --stack uat",
    ],
  ],
  [
    "stack: a default that no stack can set",
    { stack: { defaults: { hosts: ["a.example"] } } },
    [
      "Pulumi.uat.yaml:20 → slipway:defaults.hosts",
      'given:   "hosts"',
      "allowed: one of the keys replicas, autoscale, resources, probes, env, hostAliases, writable, runAsUser, drainSeconds, spread, egress, strategy, check, configMode, prepull, expose, ingress, customize",
    ],
  ],
  [
    "stack: a record of a project whose file is gone",
    { stack: { releases: { Warehouse: { digest } } } },
    [
      "Pulumi.uat.yaml:14 → slipway:releases.Warehouse",
      'given:   "Warehouse"',
      "allowed: a project of this checkout: Shop.Api, Web",
      "fix:     add projects/Warehouse.yaml; to take it out of the stack: restore the file, then slipway remove Warehouse --stack uat",
    ],
  ],
  [
    "stack: a record of a project that is not there",
    { stack: { releases: { Web: { digest }, "Shop.Api": { digest }, "Shop.Pai": { digest } } } },
    [
      "Pulumi.uat.yaml:18 → slipway:releases.Shop.Pai",
      'given:   "Shop.Pai"',
      "allowed: a project of this checkout: Shop.Api, Web",
      "fix:     did you mean `Shop.Api`?",
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
      "fix:     it is missing: add `slipway:releases.Web.digest`",
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
      "fix:     raise it, or lower what the projects request",
      "Pulumi.uat.yaml:21 → slipway:quota.memory",
      'given:   "100Mi"',
      "allowed: at least 1Gi, what its projects need while they are all updated",
      "fix:     raise it, or lower what the projects request",
      "Pulumi.uat.yaml:22 → slipway:quota.pods",
      "given:   2",
      "allowed: at least 6, what its projects need while they are all updated",
      "fix:     raise it, or lower what the projects request",
    ],
  ],
  [
    "stack: a system's name",
    { stack: { system: "Shop_1" } },
    [
      "Pulumi.uat.yaml:2 → slipway:system",
      'given:   "Shop_1"',
      "allowed: the system, the first part of the namespace: lower-case letters, digits and dashes, at most 30, a letter or digit at both ends",
    ],
  ],
  [
    "stack: a sandbox that this shell knows nothing of",
    {
      stack: {
        cluster: { kind: "sandbox" },
        registry: undefined,
        ingress: { controller: "managed", domain: "localhost" },
      },
    },
    [
      "Pulumi.uat.yaml:4 → slipway:cluster.kind",
      'given:   "sandbox"',
      "allowed: a sandbox that this shell knows of; SLIPWAY_SANDBOX is not set",
      'fix:     npm run up, then in this shell: eval "$(./slipway env)"',
    ],
  ],
];
