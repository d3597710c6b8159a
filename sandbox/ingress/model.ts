import { readAnnotations, type CanaryPolicy, type Settings } from "./annotations";
import { Services, type Server } from "./endpoints";
import {
  byAge,
  keyOf,
  type ClusterObjects,
  type Ingress,
  type IngressClass,
  type ObjectMeta,
  type Service,
} from "./objects";
import { collectRules, type ReadIngress, type Rule, type Target } from "./routes";

/** What takes requests for one Service on behalf of one Ingress. */
export interface Backend {
  /** `namespace:ingress:service:port`, with a number where one Ingress needs several. */
  name: string;
  target: Target;
  servers: Server[];
  /** Asked while none of `servers` accepts connections: the main version's pods behind those of a canary. */
  fallback?: Server[];
  /** Why there can be no servers, however long one waits. */
  missing?: string;
  settings: Settings;
  /** Regular expression for the path, and what replaces it. */
  rewrite?: { pattern: string; target: string };
}

/** One host and path. */
export interface Route extends Pick<Rule, "host" | "path" | "map" | "key"> {
  backend: string;
  /** Name of the canary's backend. */
  canary?: string;
}

/** Who goes to a canary's backend. */
export interface Canary {
  backend: string;
  policy: CanaryPolicy;
  /** Of a million requests that neither header nor cookie decides about, how many. */
  share: number;
}

/** A port of a Service that nodes show on an address of their own. */
export interface NodePort {
  /** Name of what takes its connections. */
  name: string;
  service: string;
  port: number;
  nodePort: number;
  servers: Server[];
}

/** Something that is asked for and not done. */
export interface Warning {
  kind: "Ingress" | "Service";
  metadata: ObjectMeta;
  message: string;
}

/** What the sandbox's Ingress does, without a word on how. */
export interface Model {
  routes: Route[];
  backends: Backend[];
  canaries: Canary[];
  nodePorts: NodePort[];
  warnings: Warning[];
  /** The Ingresses that are ours. */
  ingresses: Ingress[];
}

/** Controller named by the IngressClass that is ours; the class keeps it when the implementation changes. */
export const ingressController = "k8s.io/ingress-nginx";

/** Parts of a million that shares are counted in. */
export const wholeShare = 1_000_000;

/** Works out routing. `simulatedNodes`: nodes whose pods have made-up addresses. */
export function buildModel(objects: ClusterObjects, simulatedNodes: readonly string[]): Model {
  const warnings: Warning[] = [];
  const warn = ({ metadata }: Ingress, message: string) => {
    warnings.push({ kind: "Ingress", metadata, message });
  };
  const all = objects.ingresses
    .filter((ingress) => isOurs(ingress, objects.ingressClasses))
    .sort(byAge)
    .map((ingress) => ({ ingress, wishes: readAnnotations(ingress.metadata.annotations) }));
  for (const read of all) warnOfWishes(read, warn);

  const services = new Services(objects.services, objects.endpointSlices, simulatedNodes);
  const backends = new Backends(services);
  const routes = collectRules(all, warn).map((rule) => backends.route(rule));
  return {
    routes,
    backends: [...backends.list.values()],
    canaries: [...backends.canaries.values()],
    nodePorts: objects.services.flatMap((service) => nodePortsOf(service, services, warnings)),
    warnings,
    ingresses: all.map(({ ingress }) => ingress),
  };
}

/** Gives each route its backends; routes that need the same one share it. */
class Backends {
  readonly list = new Map<string, Backend>();
  readonly canaries = new Map<string, Canary>();
  readonly #names = new Map<string, string>();
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  route(rule: Rule): Route {
    const { host, path, map, key, settings, canary } = rule;
    const rewrite = rewriteOf(rule);
    const main = this.#add(rule.ingress, rule.target, { settings, rewrite });
    const route = { host, path, map, key, backend: main.name };
    if (canary === undefined) return route;
    const treatment = { settings, rewrite, fallback: main.servers };
    const { name } = this.#add(canary.ingress, canary.target, treatment, main.name);
    this.canaries.set(name, {
      backend: name,
      policy: canary.policy,
      share: shareOf(canary.policy),
    });
    return { ...route, canary: name };
  }

  #add(
    { metadata }: Ingress,
    target: Target,
    treatment: Pick<Backend, "settings" | "rewrite" | "fallback">,
    mainName = "",
  ): Backend {
    const service = target.service.slice(target.service.indexOf("/") + 1);
    const base = `${metadata.namespace ?? ""}:${metadata.name}:${service}:${target.port}`;
    const identity = [base, treatment.rewrite?.pattern ?? "", mainName].join(" ");
    const name = this.#names.get(identity) ?? this.#freeName(base);
    this.#names.set(identity, name);
    const { servers, missing } = this.#services.destination(target.service, target.port);
    const backend = { name, target, servers, missing, ...treatment };
    this.list.set(name, backend);
    return backend;
  }

  #freeName(base: string): string {
    for (let number = 1; ; number += 1) {
      const name = number === 1 ? base : `${base}:${number}`;
      if (!this.list.has(name)) return name;
    }
  }
}

/** By class name, by the annotation that came before it, or as the cluster's default class. */
function isOurs({ metadata, spec }: Ingress, classes: readonly IngressClass[]): boolean {
  const ours = classes.filter((each) => each.spec?.controller === ingressController);
  const annotation = metadata.annotations?.["kubernetes.io/ingress.class"];
  if (spec?.ingressClassName !== undefined) {
    return ours.some((each) => each.metadata.name === spec.ingressClassName);
  }
  if (annotation !== undefined) return annotation === "nginx";
  return ours.some(
    (each) => each.metadata.annotations?.["ingressclass.kubernetes.io/is-default-class"] === "true",
  );
}

function warnOfWishes(
  { ingress, wishes: { problems, settings } }: ReadIngress,
  warn: (ingress: Ingress, message: string) => void,
): void {
  for (const problem of problems) warn(ingress, problem);
  if (ingress.spec?.tls !== undefined) warn(ingress, "spec.tls is not honoured: plain HTTP only");
  const { readTimeout, sendTimeout } = settings;
  if (readTimeout !== sendTimeout && readTimeout !== undefined && sendTimeout !== undefined) {
    warn(
      ingress,
      "proxy-read-timeout and proxy-send-timeout differ: the longer one counts for both",
    );
  }
}

function rewriteOf({ path, settings: { rewriteTarget } }: Rule): Backend["rewrite"] {
  if (rewriteTarget === undefined || rewriteTarget === path) return undefined;
  return { pattern: `(?i)^${path}`, target: rewriteTarget };
}

/** Totals below 100 count as 100, as in ingress-nginx. */
const shareOf = ({ weight, weightTotal }: CanaryPolicy): number =>
  Math.round(Math.min(weight / Math.max(weightTotal, 100), 1) * wholeShare);

function nodePortsOf(service: Service, services: Services, warnings: Warning[]): NodePort[] {
  const { metadata, spec } = service;
  return (spec?.ports ?? []).flatMap(({ port, nodePort, protocol = "TCP" }) => {
    if (nodePort === undefined) return [];
    if (protocol !== "TCP") {
      const message = `node port ${nodePort} is not served on the host: ${protocol} is not supported`;
      warnings.push({ kind: "Service", metadata, message });
      return [];
    }
    const key = keyOf(metadata);
    const { servers } = services.destination(key, port);
    const name = `nodeport:${key.replace("/", ":")}:${port}`;
    return [{ name, service: key, port, nodePort, servers }];
  });
}
