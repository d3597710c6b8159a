import type * as pulumi from "@pulumi/pulumi";
import { portBody, portPhase, type PortSpec } from "../shared/edge/port";
import { phaseOf } from "../shared/machine/phase";
import { remotePhase } from "../shared/machine/remote";
import type { AppContext } from "./context";
import type { AppArgs } from "./args";

/** Whether the edges can give the new version a share of the connections: it needs a NodePort of its own for that. */
export const sharesByEdge = ({ spec, edge }: Pick<AppArgs, "spec" | "edge">): boolean =>
  edge !== undefined && spec.expose === "nodePort" && spec.nextNodePort !== undefined;

/** Opens the project's port on every reachable edge, with each version's share of the connections. */
export function declareEdgePort(context: AppContext, dependsOn: pulumi.Resource[]): void {
  const { edge, spec } = context.args;
  const { nodePort } = spec;
  if (edge === undefined || nodePort === undefined) return;
  const { address, nodes, keys } = edge;
  const body = portBody({
    project: spec.project,
    address,
    nodes,
    port: nodePort,
    shares: sharesOf(nodePort, spec.nextNodePort, context.layout.weight),
  });
  for (const { host, facts } of edge.machines) {
    const phase = phaseOf({
      phase: portPhase(nodePort),
      host,
      facts,
      body,
      key: body,
      lacking: [],
    });
    const after = { dependsOn: [edge.ready, ...dependsOn] };
    remotePhase(context.engineName(`edge-${host.name}`), phase, keys, context.with(after));
  }
}

function sharesOf(
  nodePort: number,
  next: number | undefined,
  weight: number | undefined,
): PortSpec["shares"] {
  if (next === undefined || weight === undefined) return [{ port: nodePort, percent: 100 }];
  return [
    { port: nodePort, percent: 100 - weight },
    { port: next, percent: weight },
  ];
}
