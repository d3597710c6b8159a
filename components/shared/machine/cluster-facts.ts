import { script } from "../shell";
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

/** Path of a control plane's certificates. */
export const certificates = "/etc/kubernetes/pki";

/** Shell text, after that of `facts.sh`, that asks a control plane's API server and etcd, a line for each answer. */
export const clusterFactsText = (): string =>
  script("components/shared/machine/cluster-facts.sh", { CERTIFICATES: certificates });

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
