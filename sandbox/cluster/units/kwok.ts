import { dumpAll } from "../yaml";
import { paths, type UnitContext } from "../context";
import { network, nodes } from "../network";
import type { RenderedUnit } from "../unit";
import { objectsUnit } from "./objects";
import { stages } from "./kwok-stages";

/** Simulates the kubelet of the simulated node: pods there become ready, and run nothing. */
export function kwok({ layout, ports, binary }: UnitContext): RenderedUnit {
  const { etc, kubeconfig } = paths(layout);
  const config = etc("kwok.yaml");
  const server = `127.0.0.1:${ports.kwok}`;
  return {
    name: "kwok",
    after: [objectsUnit],
    command: [
      binary("kwok"),
      `--config=${config}`,
      `--kubeconfig=${kubeconfig("kwok")}`,
      `--manage-single-node=${nodes.simulated}`,
      `--cidr=${network.simulatedPods}`,
      `--node-ip=${network.node}`,
      `--server-address=${server}`,
      "--node-lease-duration-seconds=0",
    ],
    files: [{ path: config, text: dumpAll(stages) }],
    ready: { kind: "http", url: `http://${server}/healthz` },
  };
}
