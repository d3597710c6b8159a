import {
  keyOf,
  type Endpoint,
  type EndpointSlice,
  type Service,
  type ServicePort,
} from "./objects";

/** One pod that may be sent requests. */
export interface Server {
  /** The pod's name, or its address where nothing names it. */
  name: string;
  address: string;
  port: number;
}

/** The pods behind one port of a Service. */
export interface Destination {
  servers: Server[];
  /** Why there can be none, however long one waits. */
  missing?: string;
}

/** Answers questions about Services and the pods behind them. */
export class Services {
  readonly #services: Map<string, Service>;
  readonly #slices: Map<string, EndpointSlice[]>;
  readonly #simulatedNodes: readonly string[];

  /** `simulatedNodes`: nodes whose pods have made-up addresses. */
  constructor(
    services: readonly Service[],
    slices: readonly EndpointSlice[],
    simulatedNodes: readonly string[],
  ) {
    this.#services = new Map(services.map((service) => [keyOf(service.metadata), service]));
    this.#slices = new Map();
    for (const slice of slices) {
      const name = slice.metadata.labels?.["kubernetes.io/service-name"] ?? "";
      const key = keyOf({ ...slice.metadata, name });
      this.#slices.set(key, [...(this.#slices.get(key) ?? []), slice]);
    }
    this.#simulatedNodes = simulatedNodes;
  }

  /** Pods behind the port of `namespace/name` that is called `port`, or has that number. */
  destination(key: string, port: string | number): Destination {
    const service = this.#services.get(key);
    if (service === undefined) return none(`there is no Service ${key}`);
    if (service.spec?.type === "ExternalName") {
      return none(`Service ${key} is of type ExternalName, which is not supported here`);
    }
    const ports = (service.spec?.ports ?? []).filter(({ protocol = "TCP" }) => protocol === "TCP");
    const found = ports.find((each) => (typeof port === "number" ? each.port : each.name) === port);
    if (found === undefined) return none(`Service ${key} has no port ${port}`);
    return this.#behind(key, found);
  }

  #behind(key: string, port: ServicePort): Destination {
    const candidates = (this.#slices.get(key) ?? [])
      .filter(({ addressType }) => addressType === "IPv4")
      .flatMap((slice) => candidatesOf(slice, port));
    const usable = inRotation(candidates);
    const real = usable.filter(
      ({ endpoint }) => !this.#simulatedNodes.includes(endpoint.nodeName ?? ""),
    );
    if (real.length === 0 && usable.length > 0) {
      return none(`the pods of Service ${key} run on a simulated node and cannot answer`);
    }
    return { servers: distinct(real.map(({ server }) => server)) };
  }
}

interface Candidate {
  endpoint: Endpoint;
  server: Server;
}

const none = (missing: string): Destination => ({ servers: [], missing });

function candidatesOf(slice: EndpointSlice, port: ServicePort): Candidate[] {
  const found = (slice.ports ?? []).find(({ name }) => (name ?? "") === (port.name ?? ""));
  const number = found?.port;
  if (number === undefined) return [];
  return (slice.endpoints ?? []).flatMap((endpoint) => {
    // All addresses of one endpoint lead to the same pod; the API says to use the first.
    const address = endpoint.addresses[0];
    if (address === undefined) return [];
    const name = endpoint.targetRef?.kind === "Pod" ? endpoint.targetRef.name : undefined;
    return [{ endpoint, server: { name: name ?? address, address, port: number } }];
  });
}

/**
 * Ready pods. While there is none, those that end but still serve, as kube-proxy does: better served by a pod that is
 * going than not at all.
 */
function inRotation(candidates: readonly Candidate[]): Candidate[] {
  const ready = candidates.filter(
    ({ endpoint: { conditions } }) =>
      conditions?.ready !== false && conditions?.terminating !== true,
  );
  if (ready.length > 0) return ready;
  return candidates.filter(
    ({ endpoint: { conditions } }) =>
      conditions?.serving !== false && conditions?.terminating === true,
  );
}

/** A pod is in two slices for a moment while the endpoint controller moves it. */
function distinct(servers: readonly Server[]): Server[] {
  const byName = new Map(servers.map((server) => [server.name, server]));
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
