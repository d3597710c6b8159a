import { buildkitSocket, paths, type UnitContext, type Mode } from "./context";
import { traefikVersion } from "../toolchain/wheel";
import { nodes } from "./network";
import type { Ports } from "./ports";

/** What a started cluster offers to the rest of the sandbox. */
export interface SandboxCluster {
  mode: Mode;
  ports: Ports;
  /** Path of the administrator's kubeconfig. */
  kubeconfig: string;
  /** `127.0.0.1:PORT`. */
  registry: string;
  /** Unix socket of buildkitd; absent in plain mode. */
  buildkit?: string;
  /** Loopback port of the Ingress; absent in plain mode. */
  ingressPort?: number;
  /** One sentence for each part that is simulated here. */
  simulated: string[];
}

/** @param notIsolated why there is no real node, if there is none. */
export function describe(
  { layout, mode, ports }: UnitContext,
  notIsolated?: string,
): SandboxCluster {
  const common = {
    mode,
    ports,
    kubeconfig: paths(layout).kubeconfig("admin"),
    registry: `127.0.0.1:${ports.registry}`,
  };
  if (mode === "plain") {
    const reason = notIsolated ?? "not asked for";
    return {
      ...common,
      simulated: [
        `All nodes: ${reason}, so pods become ready on ${nodes.simulated} without running anything.`,
        "Volumes, images and the Ingress: without a real node nothing provides them.",
      ],
    };
  }
  return {
    ...common,
    buildkit: buildkitSocket(layout),
    ingressPort: ports.ingress,
    simulated: [
      `Pods with an image from outside ${common.registry} become ready on the node ${nodes.simulated} and run nothing: no other registry is reached from here.`,
      `Traefik ${traefikVersion()} is the official program, in an image that is made here.`,
      "NetworkPolicies are admitted, and not enforced.",
      "Load balancers: a Service of type LoadBalancer gets no address.",
    ],
  };
}
