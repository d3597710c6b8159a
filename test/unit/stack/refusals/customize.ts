import { web, type Refusal } from "./given";

const patched = (object: string, patch: string) => web(`customize:\n  ${object}:\n    ${patch}`);

const identity = "a patch without it: it says which object it is";

const plain =
  "no credential in plain text, and this looks like one: `secrets` of the project's file, or valueFrom with a Secret";

/** What a patch may not say. */
export const customizeRefusals: Refusal[] = [
  [
    "customize: an object without a kind",
    patched("web", "spec: {}"),
    [
      "projects/Web.yaml:4 → customize.web",
      'given:   "web"',
      "allowed: an object as Kind/name, such as Deployment/packet-label, or Deployment/* for all",
    ],
  ],
  [
    "customize: a patch that is a text",
    web("customize: { Service/web: hello }"),
    [
      "projects/Web.yaml:3 → customize.Service/web",
      'given:   "hello"',
      "allowed: a strategic-merge patch: a mapping as in the object's YAML",
    ],
  ],
  [
    "customize: the name and the kind of an object",
    web("customize:\n  Service/web:\n    kind: Pod\n    metadata:\n      name: other"),
    [
      "projects/Web.yaml:5 → customize.Service/web.kind",
      `allowed: ${identity}`,
      "projects/Web.yaml:7 → customize.Service/web.metadata.name",
      `allowed: ${identity}`,
    ],
  ],
  [
    "customize: which pods it finds",
    patched("Deployment/web", "spec: { selector: { matchLabels: { a: b } } }"),
    [
      "projects/Web.yaml:5 → customize.Deployment/web.spec.selector",
      "allowed: a patch without it: it says which pods, or which data, the object goes by",
    ],
  ],
  [
    "customize: how many pods run",
    patched("Deployment/web", "spec: { replicas: 0 }"),
    [
      "projects/Web.yaml:5 → customize.Deployment/web.spec.replicas",
      "allowed: a patch without it: say `replicas` or `autoscale` in the project's file",
    ],
  ],
  [
    "customize: labels that the platform goes by",
    patched(
      "Deployment/web",
      "spec: { template: { metadata: { labels: { team: shop, slipway/slot: b } } } }",
    ),
    [
      "projects/Web.yaml:5 → customize.Deployment/web.spec.template.metadata.labels.slipway/slot",
      "allowed: labels other than the platform's own, which it finds its objects by",
    ],
  ],
  [
    "customize: an image by a tag",
    patched(
      "Deployment/web",
      "spec: { template: { spec: { containers: [{ name: log, image: fluent:1 }] } } }",
    ),
    [
      "projects/Web.yaml:5 → customize.Deployment/web.spec.template.spec.containers.0.image",
      "allowed: an image by digest: name@sha256:…",
    ],
  ],
  [
    "customize: a credential in plain text, which is not repeated",
    patched(
      "Deployment/web",
      "spec: { template: { spec: { containers: [{ name: web, env: [{ name: DB_PASSWORD, value: hunter2 }] }] } } }",
    ),
    [
      "projects/Web.yaml:5 → customize.Deployment/web.spec.template.spec.containers.0.env.0.value",
      "allowed: no credential in plain text, and this looks like one: `secrets` of the project's file, or valueFrom with a Secret",
    ],
  ],
  [
    "customize: a credential in a ConfigMap, and one in an argument, which are not repeated",
    web(
      'customize:\n  ConfigMap/web:\n    data: { api_token: hunter2 }\n  Deployment/web:\n    spec: { template: { spec: { containers: [{ name: web, args: ["postgres://me:hunter2@db"] }] } } }',
    ),
    [
      "projects/Web.yaml:5 → customize.ConfigMap/web.data.api_token",
      `allowed: ${plain}`,
      "projects/Web.yaml:7 → customize.Deployment/web.spec.template.spec.containers.0.args.0",
      `allowed: ${plain}`,
    ],
  ],
  [
    "customize: a Secret",
    patched("Secret/web", "stringData: { DB_PASSWORD: hunter2 }"),
    [
      "projects/Web.yaml:4 → customize.Secret/web",
      "allowed: an object other than a Secret: its values belong to `slipway:secrets`, where nobody reads them",
    ],
  ],
  [
    "customize: a part that there is not",
    { stack: { customize: { ingres: {} } } },
    [
      "Pulumi.uat.yaml:20 → slipway:customize.ingres",
      'given:   "ingres"',
      "allowed: one of the keys cluster, namespace, registry, ingress, edge, monitoring, projects, gates, backup",
      "fix:     did you mean `ingress`?",
    ],
  ],
  [
    "customize: of all projects, in the stack's file",
    { stack: { defaults: { customize: { "Deployment/*": { status: {} } } } } },
    ["Pulumi.uat.yaml:22 → slipway:defaults.customize.Deployment/*.status", `allowed: ${identity}`],
  ],
];
