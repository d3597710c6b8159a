import { script } from "../shared/shell";
import { apiPort, type ClusterSpec, type HostSpec } from "../shared/cluster-spec";

/** Where a control plane's own API server answers. */
export const serverOf = ({ address }: HostSpec): string => `https://${address}:${apiPort}`;

/** How long kubelet may need for the parts of a control plane, in seconds: each crash of one lets it wait twice as long. */
const timeout = 600;
/** For how many seconds on end a control plane is to be whole: a new kubelet takes a few until it begins to replace its parts. */
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
