import * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../../components/shared/problem";
import type { LiveObjects, ServiceSpec } from "./objects";

type Port = NonNullable<ServiceSpec["ports"]>[number];

/** What declared Services are checked against. */
export interface ServicesGiven {
  stack: string;
  /** What the stack takes over, by `Kind/name`. */
  adopt: readonly string[];
}

/** NodePorts that another Service holds, and port names that an adopted Service already has. */
export function servicePortProblems(
  service: string,
  { ports = [] }: ServiceSpec,
  live: LiveObjects,
  given: ServicesGiven,
): Problem[] {
  const own = live.where.own;
  return ports.flatMap((port) => [
    ...heldBySibling(service, port, live, given.stack),
    ...heldElsewhere(service, port, live),
    ...(given.adopt.includes(`Service/${service}`)
      ? besideOwn(service, port, live.services.get(service)?.ports, own)
      : []),
  ]);
}

/** A NodePort that another Service of the projects' namespace has. */
function heldBySibling(
  service: string,
  { nodePort }: Port,
  { services, where }: LiveObjects,
  stack: string,
): Problem[] {
  if (nodePort === undefined) return [];
  const [holder] =
    [...services].find(
      ([name, { ports }]) => name !== service && ports?.some((port) => port.nodePort === nodePort),
    ) ?? [];
  if (holder === undefined) return [];
  // Of the same project: what an earlier Slipway kept beside it in peace.
  const goes =
    holder.split("--")[0] === service.split("--")[0]
      ? `by a whole update while nothing is under way: pulumi up --stack ${stack}`
      : `slipway remove PROJECT --stack ${stack}`;
  return [
    {
      file: `Service ${service}`,
      path: "spec.ports.nodePort",
      given: nodePort,
      allowed: `a NodePort that no other Service of ${where.own} has; ${holder} has this one now`,
      fix: `in two updates: first give ${holder} another number, or remove it (${goes}), then this one`,
    },
  ];
}

/** A NodePort that a Service of another namespace has. */
function heldElsewhere(service: string, { nodePort }: Port, { taken }: LiveObjects): Problem[] {
  const holder = nodePort === undefined ? undefined : taken.get(nodePort);
  if (holder === undefined) return [];
  return [
    {
      file: `Service ${service}`,
      path: "spec.ports.nodePort",
      given: nodePort,
      allowed: `a NodePort that no other Service of the cluster has; ${holder} has this one`,
      fix: "another `nodePort` in the project's file, or another `slipway:nodePorts.base`",
    },
  ];
}

/** A port of an adopted Service whose name its live port has with another number. */
function besideOwn(
  service: string,
  { name, port }: Port,
  own: readonly Port[] = [],
  namespace: string,
): Problem[] {
  const beside = own.find((each) => each.name === name && each.port !== port);
  if (beside === undefined) return [];
  return [
    {
      file: `Service ${service}`,
      path: "spec.ports",
      given: `${name ?? ""}: ${beside.port ?? ""}`,
      allowed: `a Service without this port, or with ${port ?? ""} as its number: a Service cannot have two ports of one name`,
      fix: `kubectl delete service ${service} --namespace ${namespace}, and remove it from slipway:adopt: the update creates it`,
    },
  ];
}

/**
 * The value of an annotation that makes the engine update a Service whose selector somebody has extended. The engine compares
 * with its own state, sees no difference even after a refresh, and the Service would select no pod.
 */
export function putRight(
  name: string,
  { selector = {} }: ServiceSpec = {},
  services: LiveObjects["services"],
): string | undefined {
  const { selector: live = {}, version = "" } = services.get(name) ?? {};
  const strange = Object.keys(live).filter(
    (key) => !key.startsWith("slipway/") && !Object.hasOwn(selector, key),
  );
  if (strange.length === 0) return undefined;
  void pulumi.log.warn(
    `Service ${name}: somebody has added ${strange.join(", ")} to its selector; the update removes it`,
  );
  return [...strange.sort(), version].join(" ");
}
