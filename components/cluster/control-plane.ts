import { script } from "../shared/shell";
import { apiPort, type ClusterSpec, type HostSpec } from "../shared/cluster-spec";

/** URL of a control plane's own API server. */
export const serverOf = ({ address }: HostSpec): string => `https://${address}:${apiPort}`;

/** Timeout for kubelet to start a control plane's components, in seconds: its back-off doubles after each crash. */
const timeout = 600;
/** Seconds that a control plane must stay healthy: a new kubelet needs a few until it begins to replace its components. */
const settling = 15;

/** Shell text that waits until a node is ready in the cluster's version and stays so. */
export function settled(spec: ClusterSpec, host: HostSpec): string {
  const plane = host.role === "control-plane";
  return script("components/cluster/settled.sh", {
    NODE: host.name,
    VERSION: spec.version,
    PATIENCE: timeout,
    SERVER: plane ? serverOf(host) : "",
    SETTLING: plane ? settling : 1,
  });
}
