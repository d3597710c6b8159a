import { paths, type Context } from "../context";
import { network, nodes } from "../network";
import type { RenderedUnit } from "../unit";
import { objectsUnit } from "./objects";

/** Plays the kubelet of the simulated node: pods there become ready, and run nothing. */
export function kwok({ layout, ports, binary }: Context): RenderedUnit {
  const server = `127.0.0.1:${ports.kwok}`;
  return {
    name: "kwok",
    after: [objectsUnit],
    command: [
      binary("kwok"),
      `--kubeconfig=${paths(layout).kubeconfig("kwok")}`,
      `--manage-single-node=${nodes.simulated}`,
      `--cidr=${network.simulatedPods}`,
      `--node-ip=${network.node}`,
      `--server-address=${server}`,
      "--node-lease-duration-seconds=40",
    ],
    ready: { kind: "http", url: `http://${server}/healthz` },
  };
}
