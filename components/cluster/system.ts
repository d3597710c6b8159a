import { script } from "../shared/shell";
import type { ClusterSpec } from "../shared/cluster-spec";

/** Prerequisites of kubelet and the pod network: kernel modules, sysctls and the endpoint's name. */
export const systemBody = ({ endpoint }: Pick<ClusterSpec, "endpoint">): string =>
  script("components/cluster/system.sh", {
    SYSCTLS: sysctls,
    HOSTS_LINE: `${endpoint.address} ${endpoint.name} # slipway`,
  });

/** https://kubernetes.io/docs/setup/production-environment/container-runtimes */
const sysctls = `net.ipv4.ip_forward = 1
net.bridge.bridge-nf-call-iptables = 1
`;
