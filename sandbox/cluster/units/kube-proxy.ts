import { dump } from "js-yaml";
import { paths, type UnitContext } from "../context";
import { network, nodes } from "../network";
import type { RenderedUnit } from "../unit";
import { apiserverUnit } from "./kube-apiserver";

/** Implements Services with iptables rules in the sandbox's own network namespace. */
export function kubeProxy({ layout, binary, mayLowerOomScore }: UnitContext): RenderedUnit {
  const { etc, kubeconfig } = paths(layout);
  const config = etc("kube-proxy.yaml");
  return {
    name: "kube-proxy",
    after: [apiserverUnit],
    command: [binary("kube-proxy"), `--config=${config}`],
    files: [
      {
        path: config,
        text: dump({
          apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
          kind: "KubeProxyConfiguration",
          clientConnection: { kubeconfig: kubeconfig("kube-proxy") },
          mode: "iptables",
          ...(mayLowerOomScore ? {} : { oomScoreAdj: 0 }),
          hostnameOverride: nodes.real,
          clusterCIDR: network.pods,
          nodePortAddresses: ["127.0.0.0/8", `${network.node}/32`],
          healthzBindAddress: "127.0.0.1:10256",
          metricsBindAddress: "127.0.0.1:10249",
          // Zero leaves values unchanged that only the host's first network namespace may set.
          conntrack: {
            maxPerCore: 0,
            min: 0,
            tcpEstablishedTimeout: "0s",
            tcpCloseWaitTimeout: "0s",
          },
        }),
      },
    ],
    ready: { kind: "http", url: "http://127.0.0.1:10256/healthz" },
  };
}
