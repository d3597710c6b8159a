import { script } from "../shell";
import type { Lines } from "./lines";

/** Facts of the cluster from a control plane. */
export interface ClusterFacts {
  nodes: readonly NodeFacts[];
  /** etcd's members; absent where none answers. One that has not started yet has no name. */
  members?: readonly { name: string; id: string }[];
  /** Pod network that it was created with. */
  pods: string;
  /** The node of each pod of CoreDNS. */
  dns: readonly string[];
  /** Mark of the applied manifests of its pod network; absent where there are none. */
  podNetwork?: string;
  /** Mark of the edges' login; absent where none was ever created. */
  edgeReader?: string;
}

/** Status of a member of etcd; sizes in bytes. */
export interface EtcdFacts {
  /** Size of its file. */
  size: number;
  /** Size of the data in use. */
  inUse: number;
  /** Whether it is the leader. */
  leads: boolean;
  /** Whether its quota is exhausted (NOSPACE alarm). */
  full: boolean;
}

/** A node's facts from the API server. */
export interface NodeFacts {
  name: string;
  machineId: string;
  ready: boolean;
  version: string;
  unschedulable: boolean;
  /** Mark of the labels and taints that Slipway set; absent where it set none. */
  labelled?: string;
  /** Cordoned by Slipway: `draining` or `drained`. */
  cordoned?: string;
  /** The version that Slipway last upgraded it to. */
  upgraded?: string;
  /** How often Slipway has renewed its certificates. */
  renewed: number;
  /** Whether Slipway ever defragmented its etcd. */
  defragmented: boolean;
}

/** Path of a control plane's certificates. */
export const certificates = "/etc/kubernetes/pki";

/** Shell text, to follow `facts.sh`, that queries a control plane's API server and etcd, a line for each answer. */
export const clusterFactsText = (): string =>
  script("components/shared/machine/cluster-facts.sh", { CERTIFICATES: certificates });

/** Parses the cluster's facts. */
export function clusterIn(lines: Lines): ClusterFacts {
  const members = lines.all("member").map((line) => {
    const [id = "", ...rest] = line.split(" ");
    return { id, name: rest.length > 1 ? (rest[0] ?? "") : "" };
  });
  return {
    // A cluster that answers has a member of etcd: none means that etcd did not answer.
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
        name,
        machineId,
        version,
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
    // Empty, or truncated.
    return undefined;
  }
}

/** Parses the status of a member of etcd; undefined where none answered. */
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
