import { soundsSecret } from "../../src/settings/credentials";
import { imageRef, images } from "../../src/versions";
import type { Recorded } from "./record";

/** The parts of Kubernetes objects that the rules look at. */
interface Manifest {
  kind: string;
  metadata: {
    name?: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec?: Spec;
}
interface Spec {
  replicas?: number;
  selector?: { matchLabels?: Record<string, string> };
  podSelector?: { matchLabels?: Record<string, string> };
  template?: { metadata: { labels: Record<string, string> }; spec: PodSpec };
  scaleTargetRef?: { name: string };
  rules?: { host: string; http: { paths: { backend: Backend }[] } }[];
  ingressClassName?: string;
}
interface Backend {
  service: { name: string; port: { number?: number; name?: string } };
}
interface PodSpec {
  serviceAccountName?: string;
  automountServiceAccountToken?: boolean;
  securityContext?: { runAsNonRoot?: boolean; seccompProfile?: { type: string } };
  containers: Container[];
  volumes?: { name: string; persistentVolumeClaim?: { claimName: string } }[];
}
interface Container {
  name: string;
  image: string;
  ports?: { name?: string; containerPort: number }[];
  env?: { name: string; value?: string }[];
  resources?: Record<"requests" | "limits", Record<string, string> | undefined>;
  securityContext?: {
    readOnlyRootFilesystem?: boolean;
    allowPrivilegeEscalation?: boolean;
    capabilities?: { drop?: string[] };
  };
  volumeMounts?: { name: string }[];
  [probe: `${string}Probe`]: unknown;
}
interface ServiceSpec {
  selector: Record<string, string>;
  ports: { name?: string; port: number; targetPort: number | string; nodePort?: number }[];
}

/** A Kubernetes object of a recording. */
interface Item {
  resource: Recorded;
  manifest: Manifest;
  namespace: string;
  name: string;
}

type Rule = (item: Item, all: Stack) => (string | false | undefined)[];

/** Everything of a recording that the rules compare with each other. */
class Stack {
  public readonly items: readonly Item[];

  constructor(public readonly resources: readonly Recorded[]) {
    this.items = resources.filter(isObject).map((resource) => {
      const manifest = resource.inputs as unknown as Manifest;
      const { namespace = "", name = "" } = manifest.metadata;
      return { resource, manifest, namespace, name };
    });
  }

  /** Objects of a kind in the namespace of another. */
  public beside({ namespace }: Item, kind: string): Item[] {
    return this.items.filter((item) => item.manifest.kind === kind && item.namespace === namespace);
  }

  public workloads(item: Item): Item[] {
    return [...this.beside(item, "Deployment"), ...this.beside(item, "DaemonSet")];
  }
}

const isObject = ({ type }: Recorded): boolean => type.startsWith("kubernetes:");

/** Every rule that a recording breaks, as `kind namespace/name: what is wrong`. */
export function violations(resources: readonly Recorded[]): string[] {
  const stack = new Stack(resources);
  const broken = stack.items.flatMap((item) =>
    objectRules.flatMap((rule) =>
      rule(item, stack).flatMap((text) =>
        typeof text === "string"
          ? [`${item.manifest.kind} ${item.namespace}/${item.name}: ${text}`]
          : [],
      ),
    ),
  );
  return [...broken, ...resourceRules(resources), ...uniqueRules(stack)];
}

const objectRules: Rule[] = [
  ({ manifest: { metadata } }) =>
    ["app.kubernetes.io/part-of", "app.kubernetes.io/managed-by"].map(
      (label) => metadata.labels?.[label] === undefined && `has no label ${label}`,
    ),
  ({ manifest: { metadata } }) =>
    Object.entries(metadata.labels ?? {}).map(
      ([key, value]) =>
        !/^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/.test(value) &&
        `has a label ${key} that Kubernetes refuses: ${value}`,
    ),
  ({ manifest, name, resource }) => [
    manifest.kind !== "Secret" && name === "" && "has no name of its own",
    name !== "" &&
      !/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/.test(name) &&
      "has a name that Kubernetes refuses",
    manifest.kind === "Service" &&
      !/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name) &&
      "is no DNS label",
    resource.provider === "" && "uses the default provider",
  ],
  ({ manifest: { kind, metadata } }) => [
    ["Service", "Ingress"].includes(kind) &&
      metadata.annotations?.["pulumi.com/skipAwait"] !== "true" &&
      "is waited for, which its Deployment's readiness stands for",
  ],
  ({ manifest: { spec } }) => {
    const { selector, template } = spec ?? {};
    if (template === undefined) return [];
    const wanted = Object.entries(selector?.matchLabels ?? {});
    return [
      wanted.length === 0 && "selects every pod",
      ...wanted.map(
        ([key, value]) =>
          template.metadata.labels[key] !== value &&
          `selects ${key}=${value}, which its pods are not`,
      ),
      ...wanted.map(
        ([key]) =>
          /version|release|tag|commit|hash/.test(key) && `selects by ${key}, which changes`,
      ),
    ];
  },
  ({ manifest: { spec } }) => (spec?.template === undefined ? [] : podRules(spec.template.spec)),
  (item, stack) => {
    const { spec } = item.manifest;
    if (spec?.template === undefined) return [];
    const { labels } = spec.template.metadata;
    const selected = (kind: string, of: (spec: Spec) => Record<string, string> | undefined) =>
      stack.beside(item, kind).some(({ manifest }) => {
        const entries = Object.entries(of(manifest.spec ?? {}) ?? {});
        return entries.length > 0 && entries.every(([key, value]) => labels[key] === value);
      });
    const account = spec.template.spec.serviceAccountName;
    const claims = (spec.template.spec.volumes ?? []).flatMap(
      ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [],
    );
    const named = (kind: string, name: string | undefined) =>
      stack.beside(item, kind).some((other) => other.name === name);
    return [
      !selected("NetworkPolicy", ({ podSelector }) => podSelector?.matchLabels) &&
        "has pods that no NetworkPolicy selects",
      (spec.replicas ?? 1) > 1 &&
        !selected("PodDisruptionBudget", ({ selector }) => selector?.matchLabels) &&
        "has several pods and no PodDisruptionBudget",
      !named("ServiceAccount", account) && "has no ServiceAccount of its own",
      ...claims.map(
        (claim) =>
          !named("PersistentVolumeClaim", claim) &&
          `mounts the claim ${claim}, which nobody declares`,
      ),
    ];
  },
  (item, stack) => {
    if (item.manifest.kind !== "Service") return [];
    const { selector, ports } = item.manifest.spec as unknown as ServiceSpec;
    const behind = stack
      .workloads(item)
      .filter(({ manifest }) =>
        Object.entries(selector).every(
          ([key, value]) => manifest.spec?.template?.metadata.labels[key] === value,
        ),
      );
    const containerPorts = behind
      .flatMap(({ manifest }) => manifest.spec?.template?.spec.containers ?? [])
      .flatMap((container) => container.ports ?? []);
    return [
      behind.length !== 1 && `selects the pods of ${behind.length} workloads`,
      ...ports.map(
        ({ targetPort }) =>
          !containerPorts.some(
            ({ name, containerPort }) => name === targetPort || containerPort === targetPort,
          ) && `leads to port ${targetPort}, which no container opens`,
      ),
    ];
  },
  (item, stack) => {
    if (item.manifest.kind !== "Ingress") return [];
    const { rules = [], ingressClassName } = item.manifest.spec ?? {};
    const backends = rules.flatMap(({ http }) => http.paths.map(({ backend }) => backend.service));
    return [
      ingressClassName === undefined && "names no class",
      ...backends.map(({ name, port }) => {
        const service = stack.beside(item, "Service").find((other) => other.name === name);
        const { ports = [] } = (service?.manifest.spec ?? {}) as Partial<ServiceSpec>;
        return (
          !ports.some((open) => open.port === port.number || open.name === port.name) &&
          `leads to ${name}:${port.number ?? port.name ?? ""}, which no Service opens`
        );
      }),
    ];
  },
  (item, stack) => {
    const target = item.manifest.spec?.scaleTargetRef?.name;
    if (target === undefined) return [];
    const deployment = stack.beside(item, "Deployment").find(({ name }) => name === target);
    return [
      deployment === undefined && `scales ${target}, which is not there`,
      deployment?.manifest.spec?.replicas !== undefined &&
        `scales ${target}, which states its replicas itself`,
    ];
  },
  ({ manifest, resource }) =>
    manifest.kind !== "Secret"
      ? []
      : Object.keys(resource.inputs["stringData"] ?? {}).map(
          (key) =>
            !resource.secrets.some(
              (path) => path === "stringData" || path === `stringData.${key}`,
            ) && `holds ${key} in plain text`,
        ),
];

function podRules(pod: PodSpec): (string | false)[] {
  return [
    pod.securityContext?.runAsNonRoot !== true && "may run as root",
    pod.securityContext?.seccompProfile?.type !== "RuntimeDefault" && "has no seccomp profile",
    pod.automountServiceAccountToken === undefined && "leaves it open whether pods get a token",
    ...pod.containers.flatMap(containerRules),
    ...pod.containers.flatMap(({ volumeMounts = [] }) =>
      volumeMounts.map(
        ({ name }) =>
          !(pod.volumes ?? []).some((volume) => volume.name === name) &&
          `mounts ${name}, which is no volume`,
      ),
    ),
  ];
}

/** Images of versions.ts are pinned by version, which it explains; all others by digest. */
const pinned = new Set(Object.values(images).map(imageRef));

function containerRules(container: Container): (string | false)[] {
  const { image, resources, securityContext, env = [] } = container;
  return [
    !/@sha256:[0-9a-f]{64}$/.test(image) &&
      !pinned.has(image) &&
      `runs ${image}, which is not pinned by digest`,
    ...(["requests", "limits"] as const).flatMap((part) =>
      ["cpu", "memory"].map(
        (name) => resources?.[part]?.[name] === undefined && `has no ${part} of ${name}`,
      ),
    ),
    ...(["startupProbe", "readinessProbe", "livenessProbe"] as const).map(
      (probe) => container[probe] === undefined && `has no ${probe}`,
    ),
    securityContext?.readOnlyRootFilesystem !== true && "may write to its root file system",
    securityContext?.allowPrivilegeEscalation !== false && "may escalate privileges",
    !(securityContext?.capabilities?.drop ?? []).includes("ALL") && "keeps capabilities",
    ...env.map(
      ({ name, value }) => soundsSecret(name) && value !== undefined && `has ${name} in plain text`,
    ),
  ];
}

/** Rules for all resources, not only those of Kubernetes. */
function resourceRules(resources: readonly Recorded[]): string[] {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  return resources
    .filter(({ type }) => !type.startsWith("pulumi:"))
    .flatMap(({ type, name, parent, inputs, custom }) => {
      const owner = byUrn.get(parent);
      const tags = ((inputs["tags"] ?? []) as string[]).filter((tag) => tag.endsWith(":latest"));
      return [
        custom && !owner?.type.startsWith("slipway:index:") && "has no component as its parent",
        custom &&
          owner !== undefined &&
          !name.startsWith(owner.name) &&
          `is not named after its parent ${owner.name}`,
        ...tags.map((tag) => `pushes ${tag}`),
      ].flatMap((text) => (typeof text === "string" ? [`${type} ${name}: ${text}`] : []));
    });
}

/** What must be there once only. */
function uniqueRules({ items }: Stack): string[] {
  const hosts = items.flatMap(({ manifest }) =>
    manifest.kind === "Ingress" ? (manifest.spec?.rules ?? []).map(({ host }) => host) : [],
  );
  const nodePorts = items.flatMap(({ manifest }) =>
    manifest.kind === "Service"
      ? (manifest.spec as unknown as ServiceSpec).ports.flatMap(({ nodePort }) => nodePort ?? [])
      : [],
  );
  const objects = items.flatMap(({ manifest, namespace, name }) =>
    name === "" ? [] : [`${manifest.kind} ${namespace}/${name}`],
  );
  return [
    ...twice(hosts).map((host) => `host ${host}: two Ingress rules have it`),
    ...twice(nodePorts).map((port) => `NodePort ${port}: two Services have it`),
    ...twice(objects).map((object) => `${object}: declared twice`),
  ];
}

const twice = <T>(values: readonly T[]): T[] =>
  values.filter((value, index) => values.indexOf(value) !== index);
