import { podRules, type PodSpec } from "./conventions-pods";
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
  backoffLimit?: number;
  activeDeadlineSeconds?: number;
}
interface Backend {
  service: { name: string; port: { number?: number; name?: string } };
}
interface ServiceSpec {
  type?: string;
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
    return ["Deployment", "DaemonSet", "Job"].flatMap((kind) => this.beside(item, kind));
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
  ({ manifest: { kind, spec } }) => {
    const { selector, template } = spec ?? {};
    if (template === undefined || kind === "Job") return [];
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
    const open = spec.template.spec.containers.some(({ ports = [] }) => ports.length > 0);
    const closed = stack
      .beside(item, "NetworkPolicy")
      .some(({ name, manifest }) => name === "default-deny" && manifest.spec !== undefined);
    const claims = (spec.template.spec.volumes ?? []).flatMap(
      ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [],
    );
    const named = (kind: string, name: string | undefined) =>
      stack.beside(item, kind).some((other) => other.name === name);
    return [
      !selected("NetworkPolicy", ({ podSelector }) => podSelector?.matchLabels) &&
        // A pod without a server or clients needs no network policy except the one that denies everything.
        (open || !closed || item.manifest.kind === "Job") &&
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
    const { type, selector, ports } = item.manifest.spec as unknown as ServiceSpec;
    if (type === "ExternalName") return [];
    const behind = stack
      .workloads(item)
      .filter(({ manifest }) =>
        Object.entries(selector).every(
          ([key, value]) => manifest.spec?.template?.metadata.labels[key] === value,
        ),
      );
    const owners = new Set(
      behind.map(({ manifest }) => manifest.spec?.template?.metadata.labels["app"]),
    );
    const opened = behind.map(({ manifest }) =>
      (manifest.spec?.template?.spec.containers ?? []).flatMap((each) => each.ports ?? []),
    );
    return [
      behind.length === 0 && "selects no pods",
      owners.size > 1 && `selects the pods of ${[...owners].join(" and ")}`,
      opened.some(({ length }) => length === 0) && "selects pods of no server",
      ...ports.map(
        ({ targetPort }) =>
          !opened
            .flat()
            .some(
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
        !deployment.resource.ignoreChanges.includes("spec.replicas") &&
        `scales ${target}, which states its replicas itself`,
    ];
  },
  ({ manifest: { kind, spec, metadata }, resource }) =>
    kind !== "Job"
      ? []
      : [
          spec?.backoffLimit !== 0 && "is tried again by itself, so its failure shows late",
          spec?.activeDeadlineSeconds === undefined && "may go on for ever",
          metadata.annotations?.["pulumi.com/replaceUnready"] !== "true" &&
            "stays failed, whatever the next update does",
          !resource.ignoreChanges.includes("spec") && "would be changed, which no Job can be",
        ],
  (item, stack) => {
    if (!isCanary(item)) return [];
    const main = stack.beside(item, "Ingress").filter((other) => !isCanary(other));
    const [hosts, services] = [main.flatMap(hostsOf), main.flatMap(servicesOf)];
    return [
      ...hostsOf(item).map(
        (host) => !hosts.includes(host) && `is the canary of ${host}, which no Ingress serves`,
      ),
      ...servicesOf(item).map(
        (service) => services.includes(service) && `leads to ${service}, as the main Ingress does`,
      ),
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

const isCanary = ({ manifest: { kind, metadata } }: Item): boolean =>
  kind === "Ingress" && metadata.annotations?.["nginx.ingress.kubernetes.io/canary"] === "true";

const hostsOf = ({ manifest: { spec } }: Item): string[] =>
  (spec?.rules ?? []).map(({ host }) => host);

const servicesOf = ({ manifest: { spec } }: Item): string[] =>
  (spec?.rules ?? []).flatMap(({ http }) => http.paths.map(({ backend }) => backend.service.name));

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

/** Resources that must exist only once. */
function uniqueRules({ items }: Stack): string[] {
  const hosts = items.flatMap((item) =>
    item.manifest.kind === "Ingress" && !isCanary(item) ? hostsOf(item) : [],
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
