export type { SandboxCluster as Cluster } from "./cluster";
export { isolationProblem } from "./isolation/isolation";
export { startCluster } from "./start";
export { clusterStatus, type ClusterStatus } from "./status";
export { stopCluster } from "./stop";
