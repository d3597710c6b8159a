import { network, nodes } from "../network";

/** The three authorities of a cluster, as in kubeadm: a client certificate of one means nothing to the others. */
export const authorities = ["ca", "etcd-ca", "front-proxy-ca"] as const;
export type AuthorityName = (typeof authorities)[number];

/** Identity of a certificate. `name` is also the name of its files. */
export interface Identity {
  name: string;
  authority: AuthorityName;
  /** The user, for clients of the API server. */
  commonName: string;
  /** The user's group. */
  organization?: string;
  usage: "client" | "server" | "both";
  /** DNS names and addresses of a server. */
  hosts?: readonly string[];
}

const loopback = ["localhost", "127.0.0.1"];

/** Servers, and the API server as a client of others. */
const components: readonly Identity[] = [
  {
    name: "apiserver",
    authority: "ca",
    commonName: "kube-apiserver",
    usage: "server",
    hosts: [
      ...["kubernetes", "kubernetes.default", "kubernetes.default.svc"],
      `kubernetes.default.svc.${network.domain}`,
      ...[...loopback, network.node, network.apiService],
    ],
  },
  server("controller-manager-server", loopback),
  server("scheduler-server", loopback),
  server("kubelet-server", [nodes.real, network.node, "127.0.0.1"]),
  {
    name: "etcd",
    authority: "etcd-ca",
    commonName: "etcd",
    usage: "both",
    hosts: loopback,
  },
  { ...client("apiserver-etcd-client", "kube-apiserver"), authority: "etcd-ca" },
  { ...client("front-proxy-client", "front-proxy-client"), authority: "front-proxy-ca" },
  client("apiserver-kubelet-client", "kube-apiserver-kubelet-client"),
];

/**
 * Users of the API server; each gets a kubeconfig. Their permissions: the roles that Kubernetes itself binds to `system:` names,
 * and those of `objects/rbac.ts`. Only `super-admin` bypasses RBAC: it applies those very objects.
 */
export const users: readonly Identity[] = [
  client("super-admin", "slipway:super-admin", "system:masters"),
  client("admin", "slipway:admin", "slipway:cluster-admins"),
  client("controller-manager", "system:kube-controller-manager"),
  client("scheduler", "system:kube-scheduler"),
  client("kube-proxy", "system:kube-proxy"),
  client("kubelet", `system:node:${nodes.real}`, "system:nodes"),
  client("coredns", "slipway:coredns"),
  client("kwok", "slipway:kwok"),
  client("local-path-provisioner", "slipway:local-path-provisioner"),
  client("nodeports", "slipway:nodeports"),
];

export const identities: readonly Identity[] = [...components, ...users];

function server(name: string, hosts: readonly string[]): Identity {
  return { name, authority: "ca", commonName: name, usage: "server", hosts };
}

function client(name: string, user: string, group?: string): Identity {
  return { name, authority: "ca", commonName: user, organization: group, usage: "client" };
}
