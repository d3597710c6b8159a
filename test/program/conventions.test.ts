import assert from "node:assert/strict";
import { declareStack, readSettings } from "../support/settings";
import { violations } from "../support/conventions";
import { find, put, record, type Recorded } from "../support/record";
import { scratchMachine, stackSources, withOwnController } from "../support/stacks";

const container = "spec.template.spec.containers.0";

/** Ways to violate a convention in a valid stack: kind and name of a resource, a path in it, the new value, the message. */
const breaks: [kind: string, name: string, path: string, value: unknown, says: RegExp][] = [
  [
    "Deployment",
    "packet-label",
    `${container}.image`,
    "harbor:8080/front/packet_label:latest",
    /packet-label: runs harbor.*not pinned by digest/,
  ],
  [
    "Deployment",
    "packet-label",
    `${container}.image`,
    "harbor:8080/front/packet_label:v1",
    /not pinned by digest/,
  ],
  [
    "DaemonSet",
    "ingress-controller",
    `${container}.image`,
    "docker.io/library/traefik:v3",
    /not pinned by digest/,
  ],
  [
    "Deployment",
    "packet-label",
    `${container}.resources.limits`,
    undefined,
    /has no limits of cpu/,
  ],
  [
    "Deployment",
    "packet-label",
    `${container}.resources.requests.memory`,
    undefined,
    /has no requests of memory/,
  ],
  ["Deployment", "packet-label", `${container}.readinessProbe`, undefined, /has no readinessProbe/],
  ["Deployment", "packet-label", `${container}.livenessProbe`, undefined, /has no livenessProbe/],
  ["Deployment", "packet-label", `${container}.startupProbe`, undefined, /has no startupProbe/],
  [
    "Deployment",
    "packet-label",
    `${container}.securityContext.readOnlyRootFilesystem`,
    false,
    /may write to its root/,
  ],
  [
    "Deployment",
    "packet-label",
    `${container}.securityContext.allowPrivilegeEscalation`,
    undefined,
    /may escalate/,
  ],
  [
    "Deployment",
    "packet-label",
    `${container}.securityContext.capabilities.drop`,
    [],
    /keeps capabilities/,
  ],
  [
    "Deployment",
    "packet-label",
    `${container}.env`,
    [{ name: "DB_PASSWORD", value: "x" }],
    /DB_PASSWORD in plain text/,
  ],
  [
    "Deployment",
    "packet-label",
    `${container}.volumeMounts.0.name`,
    "elsewhere",
    /mounts elsewhere, which is no volume/,
  ],
  [
    "Deployment",
    "packet-label",
    "spec.template.spec.securityContext.runAsNonRoot",
    false,
    /may run as root/,
  ],
  [
    "Deployment",
    "packet-label",
    "spec.template.spec.securityContext.seccompProfile",
    undefined,
    /no seccomp profile/,
  ],
  [
    "Deployment",
    "packet-label",
    "spec.template.spec.automountServiceAccountToken",
    undefined,
    /whether pods get a token/,
  ],
  [
    "Deployment",
    "packet-label",
    "spec.template.spec.serviceAccountName",
    "default",
    /no ServiceAccount of its own/,
  ],
  [
    "Deployment",
    "packet-label",
    "spec.template.spec.volumes",
    [{ name: "scratch-0", persistentVolumeClaim: { claimName: "lost" } }],
    /claim lost, which nobody declares/,
  ],
  [
    "Deployment",
    "packet-label",
    "spec.selector.matchLabels",
    { app: "other" },
    /selects app=other, which its pods are not/,
  ],
  ["Deployment", "packet-label", "spec.selector.matchLabels", {}, /selects every pod/],
  [
    "Deployment",
    "packet-label",
    "spec.selector.matchLabels.version",
    "1",
    /selects by version, which changes/,
  ],
  ["Deployment", "packet-label", "metadata.labels", {}, /has no label app.kubernetes.io\/part-of/],
  [
    "Deployment",
    "packet-label",
    "metadata.labels.note",
    "not a label!",
    /a label note that Kubernetes refuses/,
  ],
  ["Deployment", "packet-label", "metadata.name", "Packet_Label", /a name that Kubernetes refuses/],
  [
    "NetworkPolicy",
    "packet-label",
    "spec.podSelector.matchLabels.app",
    "other",
    /packet-label: has pods that no NetworkPolicy selects/,
  ],
  [
    "PodDisruptionBudget",
    "packet-label",
    "spec.selector.matchLabels.app",
    "other",
    /several pods and no PodDisruptionBudget/,
  ],
  ["Service", "packet-label", "metadata.annotations", undefined, /is waited for/],
  ["Service", "packet-label", "spec.selector.app", "other", /selects no pods/],
  [
    "Service",
    "packet-label",
    "spec.ports.0.targetPort",
    81,
    /leads to port 81, which no container opens/,
  ],
  ["Service", "packet-label", "metadata.name", "p.q", /is no DNS label/],
  ["Service", "packet-label", "metadata.name", "packet-bsi-pc-ui", /declared twice/],
  [
    "Ingress",
    "sjzy-front-ingress",
    "spec.rules.0.http.paths.0.backend.service.name",
    "nobody",
    /leads to nobody:http, which no Service opens/,
  ],
  [
    "Ingress",
    "sjzy-front-ingress",
    "spec.rules.0.http.paths.0.backend.service.port",
    { number: 81 },
    /leads to packet-bsi-pc-ui:81/,
  ],
  [
    "Ingress",
    "sjzy-front-ingress",
    "spec.rules.0.host",
    "packet-label.uat.sjzy.example",
    /host packet-label.*two Ingress rules/,
  ],
  ["Ingress", "sjzy-front-ingress", "spec.ingressClassName", undefined, /names no class/],
];

describe("the conventions can be broken, and it is noticed", () => {
  let good: Recorded[];
  before(async () => {
    const machine = scratchMachine();
    const settings = readSettings(stackSources("uat", machine.env, withOwnController));
    machine.remove();
    good = (await record("uat", () => declareStack(settings))).resources;
  });

  for (const [kind, name, path, value, says] of breaks) {
    it(`${kind} ${name}: ${path} = ${value === undefined ? "nothing" : JSON.stringify(value)}`, () => {
      const resources = structuredClone(good);
      put(find(resources, kind, name).inputs, path.split("."), value);
      assert.match(violations(resources).join("\n"), says);
    });
  }

  const others: [title: string, change: (resources: Recorded[]) => void, says: RegExp][] = [
    [
      "a default provider",
      (all) => (find(all, "Service", "packet-label").provider = ""),
      /uses the default provider/,
    ],
    [
      "no parent",
      (all) => (find(all, "Service", "packet-label").parent = ""),
      /no component as its parent/,
    ],
    [
      "another's name",
      (all) => (find(all, "Service", "packet-label").name = "stray"),
      /not named after its parent/,
    ],
    ["two NodePorts alike", shareNodePort, /NodePort 31001: two Services have it/],
    ["a plain Secret", (all) => all.push(secretBeside(all, [])), /holds PASSWORD in plain text/],
    [
      "an autoscaled Deployment that states replicas",
      (all) => all.push(scalerOf(all)),
      /scales packet-label, which states its replicas/,
    ],
    [
      "an image called latest",
      (all) => all.push(imageBeside(all)),
      /pushes harbor:8080\/front\/packet_label:latest/,
    ],
  ];
  for (const [title, change, says] of others) {
    it(title, () => {
      const resources = structuredClone(good);
      change(resources);
      assert.match(violations(resources).join("\n"), says);
    });
  }

  it("a Secret whose values are secret is fine", () => {
    const resources = structuredClone(good);
    resources.push(secretBeside(resources, ["stringData.PASSWORD"]));
    assert.deepEqual(violations(resources), []);
  });
});

function shareNodePort(resources: Recorded[]): void {
  for (const name of ["packet-label", "packet-bsi-pc-ui"]) {
    put(find(resources, "Service", name).inputs, ["spec", "ports", "0", "nodePort"], 31001);
  }
}

/** A resource beside the Service of packet-label, with other inputs. */
function beside(
  resources: readonly Recorded[],
  type: string,
  inputs: Record<string, unknown>,
): Recorded {
  const service = find(resources, "Service", "packet-label");
  return {
    ...service,
    type,
    urn: `${service.urn}-${type}`,
    inputs: { metadata: service.inputs["metadata"], ...inputs },
  };
}

const secretBeside = (resources: readonly Recorded[], secrets: string[]): Recorded => ({
  ...beside(resources, "kubernetes:core/v1:Secret", {
    kind: "Secret",
    stringData: { PASSWORD: "x" },
  }),
  secrets,
});

const scalerOf = (resources: readonly Recorded[]): Recorded =>
  beside(resources, "kubernetes:autoscaling/v2:HorizontalPodAutoscaler", {
    kind: "HorizontalPodAutoscaler",
    spec: { scaleTargetRef: { name: "packet-label" } },
  });

const imageBeside = (resources: readonly Recorded[]): Recorded =>
  beside(resources, "docker-build:index:Image", {
    tags: ["harbor:8080/front/packet_label:latest"],
  });
