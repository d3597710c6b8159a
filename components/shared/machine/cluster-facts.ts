import type { Lines } from "./lines";

/** The cluster, as a control plane sees it. */
export interface ClusterFacts {
  nodes: readonly NodeFacts[];
  /** etcd's members, where one of them answers: otherwise nobody knows. One that has not started yet has no name. */
  members?: readonly { name: string; id: string }[];
  /** Network of the pods that it was made with. */
  pods: string;
  /** The node of each pod of CoreDNS. */
  dns: readonly string[];
  /** What it remembers of the manifests that its pods' network came by; absent where none did. */
  podNetwork?: string;
  /** What it remembers of the login that edges have to it; absent where none was ever made. */
  edgeReader?: string;
}

/** A member of etcd, as it tells of itself; sizes in bytes. */
export interface EtcdFacts {
  /** Of its file. */
  size: number;
  /** Of what is in it. */
  inUse: number;
  /** Whether the others follow it. */
  leads: boolean;
  /** Whether it takes no more, for its room has come to an end. */
  full: boolean;
}

/** A node, as the API server has it. */
export interface NodeFacts {
  name: string;
  machineId: string;
  ready: boolean;
  version: string;
  unschedulable: boolean;
  /** What it remembers of the labels and taints that it was given; absent where it was given none. */
  labelled?: string;
  /** Cordoned from here, and how far that came: `draining` or `drained`. */
  cordoned?: string;
  /** The version that it was last brought to from here. */
  upgraded?: string;
  /** How often its certificates have been made anew from here. */
  renewed: number;
  /** Whether its etcd was ever defragmented from here. */
  defragmented: boolean;
}

/** What nodes remember of what was done to them from here, one annotation each. */
const notes = ["labelled", "cordoned", "upgraded", "renewed", "defragmented"];
const remembered = notes.map((note) => `{.metadata.annotations.slipway/${note}}`).join(" ");

/** Paths of a control plane's certificates. */
export const certificates = "/etc/kubernetes/pki";
const kubectl = "timeout 10 kubectl --kubeconfig /etc/kubernetes/admin.conf";

/**
 * Shell text that asks a control plane's API server and etcd, a line for each answer. Where the first question has none,
 * etcd has lost its majority or the server is not there: each further one would only take its whole time-out too.
 */
export const clusterFactsCommand = `if [ -s /etc/kubernetes/admin.conf ] && has kubectl; then
  ${kubectl} get nodes -o jsonpath='{range .items[*]}node {.metadata.name} {.status.nodeInfo.machineID} {.status.nodeInfo.kubeletVersion} {.status.conditions[?(@.type=="Ready")].status} {.spec.unschedulable} ${remembered}{"\\n"}{end}' 2>/dev/null && {
  echo "answers yes"
  ${kubectl} -n kube-system get configmap kubeadm-config -o jsonpath='{.data.ClusterConfiguration}' 2>/dev/null | awk '/podSubnet:/{print "pods", $2}'
  ${kubectl} -n kube-system get pods -l k8s-app=kube-dns -o jsonpath='{range .items[*]}dns {.spec.nodeName}{"\\n"}{end}' 2>/dev/null
  ${kubectl} get namespace kube-system -o jsonpath='pod-network {.metadata.annotations.slipway/pod-network}{"\\n"}edge-reader {.metadata.annotations.slipway/edge-reader}{"\\n"}' 2>/dev/null
  etcd() { ${kubectl} -n kube-system exec "etcd-$(hostname)" -- etcdctl --cacert ${certificates}/etcd/ca.crt --cert ${certificates}/etcd/peer.crt --key ${certificates}/etcd/peer.key "$@" 2>/dev/null; }
  echo "etcd $(etcd endpoint status -w json)"
  etcd member list -w simple | awk -F', *' '{print "member", $1, $3, $2}'
  }
fi`;

/** What was told of the cluster. */
export function clusterIn(lines: Lines): ClusterFacts {
  const members = lines.all("member").map((line) => {
    const [id = "", ...rest] = line.split(" ");
    return { id, name: rest.length > 1 ? (rest[0] ?? "") : "" };
  });
  return {
    // A cluster that answers has a member of etcd: none means that etcd was asked in vain.
    ...(members.length === 0 ? {} : { members }),
    nodes: lines.all("node").map((line) => {
      const [name = "", machineId = "", version = "", ready, unschedulable, ...noted] =
        line.split(" ");
      const [labelled, cordoned, upgraded, renewed, defragmented] = noted;
      return {
        ...(labelled ? { labelled } : {}),
        ...(cordoned ? { cordoned } : {}),
        ...(upgraded ? { upgraded } : {}),
        renewed: Number(renewed) || 0,
        defragmented: Boolean(defragmented),
        ...{ name, machineId, version },
        ready: ready === "True",
        unschedulable: unschedulable === "true",
      };
    }),
    ...(lines.first("pod-network") ? { podNetwork: lines.first("pod-network") } : {}),
    ...(lines.first("edge-reader") ? { edgeReader: lines.first("edge-reader") } : {}),
    pods: lines.first("pods") ?? "",
    dns: lines.all("dns").filter((node) => node !== ""),
  };
}

/** What `etcdctl endpoint status -w json` prints for one member. */
interface EtcdStatus {
  Status: {
    header: { member_id: number };
    dbSize: number;
    dbSizeInUse: number;
    leader: number;
    errors?: string[];
  };
}

function statusIn(printed: string): EtcdStatus["Status"] | undefined {
  try {
    return (JSON.parse(printed) as [EtcdStatus])[0].Status;
  } catch {
    // Nothing, or what was cut off.
    return undefined;
  }
}

/** What a member of etcd told of itself; absent where none answered. */
export function etcdIn(printed = ""): EtcdFacts | undefined {
  const status = statusIn(printed);
  if (status === undefined) return undefined;
  return {
    size: status.dbSize,
    inUse: status.dbSizeInUse,
    leads: status.leader === status.header.member_id,
    full: (status.errors ?? []).some((error) => error.includes("NOSPACE")),
  };
}
