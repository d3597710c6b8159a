import { dump } from "js-yaml";
import { paths, type UnitContext } from "../context";
import { cgroupName } from "../isolation/cgroups";
import { network, nodes } from "../network";
import type { ConfigFile, RenderedUnit } from "../unit";
import { containerdSocket } from "./containerd";
import { apiserverUnit } from "./kube-apiserver";
import { cniVersion } from "../../../components/cluster/network";

/** The real node. */
export function kubelet({ layout, binary, mayLowerOomScore }: UnitContext): RenderedUnit {
  const { etc, pki, kubeconfig, data } = paths(layout);
  const config = etc("kubelet.yaml");
  return {
    name: "kubelet",
    after: [apiserverUnit, "containerd"],
    command: [
      binary("kubelet"),
      `--config=${config}`,
      `--kubeconfig=${kubeconfig("kubelet")}`,
      `--root-dir=${data("kubelet")}`,
      `--hostname-override=${nodes.real}`,
      `--node-ip=${network.node}`,
    ],
    files: [
      cniConfig(etc("cni/10-slipway.conflist")),
      {
        path: config,
        text: dump({
          apiVersion: "kubelet.config.k8s.io/v1beta1",
          kind: "KubeletConfiguration",
          containerRuntimeEndpoint: `unix://${containerdSocket}`,
          authentication: {
            anonymous: { enabled: false },
            webhook: { enabled: true },
            x509: { clientCAFile: pki("ca.crt") },
          },
          authorization: { mode: "Webhook" },
          tlsCertFile: pki("kubelet-server.crt"),
          tlsPrivateKeyFile: pki("kubelet-server.key"),
          clusterDomain: network.domain,
          clusterDNS: [network.dns],
          // The host's name servers cannot be reached from inside.
          resolvConf: "",
          cgroupDriver: "cgroupfs",
          cgroupRoot: cgroupName(layout),
          failCgroupV1: false,
          failSwapOn: false,
          ...(mayLowerOomScore ? {} : { oomScoreAdj: 0 }),
          podLogsDir: data("pod-logs"),
          volumePluginDir: data("kubelet-volume-plugins"),
          // The disk is the host's: if it is 85 % full, the node must neither evict pods nor remove images that cannot be
          // pulled again.
          evictionHard: { "memory.available": "100Mi", "nodefs.available": "500Mi" },
          imageGCHighThresholdPercent: 100,
          serializeImagePulls: false,
        }),
      },
    ],
    ready: { kind: "http", url: "http://127.0.0.1:10248/healthz" },
  };
}

/**
 * Pod network of one node. Each pod has its own route (ptp), so that all traffic passes the node's own netfilter: Services work
 * between pods, and from a pod to itself, without br_netfilter on the host.
 */
function cniConfig(path: string): ConfigFile {
  const plugins = [
    {
      type: "ptp",
      ipam: {
        type: "host-local",
        ranges: [[{ subnet: network.pods }]],
        routes: [{ dst: "0.0.0.0/0" }],
        // IP address leases end with the namespaces they were made in.
        dataDir: "/run/cni",
      },
    },
    { type: "portmap", capabilities: { portMappings: true } },
  ];
  const text = JSON.stringify({ cniVersion, name: "slipway", plugins }, undefined, 2);
  return { path, text: `${text}\n` };
}
