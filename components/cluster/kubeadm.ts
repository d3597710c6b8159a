import { stringify } from "yaml";
import { type ClusterSpec, type HostSpec, apiPort, activeHosts } from "../shared/cluster-spec";

/** What of kubeadm's configuration depends on the machine. */
export interface NodeArgs {
  /** The machine: its name, its address and its role. */
  host: HostSpec;
  /** Version of control groups that its kernel has mounted. */
  cgroup: "v1" | "v2";
}

const api = "kubeadm.k8s.io/v1beta4";
const socket = "unix:///run/containerd/containerd.sock";

/** Named arguments, as kubeadm writes them. */
const args = (named: Readonly<Record<string, string>>): { name: string; value: string }[] =>
  Object.entries(named).map(([name, value]) => ({ name, value }));

const registration = ({ host, cgroup }: NodeArgs): object => ({
  name: host.name,
  criSocket: socket,
  imagePullPolicy: "IfNotPresent",
  taints: host.role === "control-plane" ? [controlPlaneTaint] : [],
  kubeletExtraArgs: args({ "node-ip": host.address }),
  // The only check that a kernel with cgroup v1 does not pass; kubelet has been told that it may.
  ...(cgroup === "v1" ? { ignorePreflightErrors: ["SystemVerification"] } : {}),
});

const controlPlaneTaint = {
  key: "node-role.kubernetes.io/control-plane",
  effect: "NoSchedule",
};

/**
 * Configuration of `kubeadm init`. Secrets are not in it: kubeadm makes its own. Metrics of every part are reachable for
 * monitoring, on the machine's own addresses.
 */
export function initConfig(spec: ClusterSpec, node: NodeArgs): string {
  const { name, version, endpoint, networks, imageRepository } = spec;
  const names = [endpoint.name, endpoint.address];
  return documents(
    {
      apiVersion: api,
      kind: "InitConfiguration",
      localAPIEndpoint: { advertiseAddress: node.host.address, bindPort: apiPort },
      nodeRegistration: registration(node),
      // Nobody joins by the token of the first day.
      bootstrapTokens: [],
    },
    {
      apiVersion: api,
      kind: "ClusterConfiguration",
      clusterName: name,
      kubernetesVersion: version,
      controlPlaneEndpoint: `${endpoint.name}:${endpoint.port}`,
      ...(imageRepository === undefined ? {} : { imageRepository }),
      networking: { podSubnet: networks.pods, serviceSubnet: networks.services },
      apiServer: {
        certSANs: [...names, ...activeHosts(spec, "control-plane").map((each) => each.address)],
      },
      controllerManager: {
        extraArgs: args({
          "bind-address": "0.0.0.0",
          // With `routes` each machine's part of the network follows from its address.
          ...(spec.podNetwork === "routes" ? { "allocate-node-cidrs": "false" } : {}),
        }),
      },
      scheduler: { extraArgs: args({ "bind-address": "0.0.0.0" }) },
      etcd: {
        local: {
          dataDir: "/var/lib/etcd",
          extraArgs: args({ "listen-metrics-urls": "http://0.0.0.0:2381" }),
        },
      },
    },
    {
      apiVersion: "kubelet.config.k8s.io/v1beta1",
      kind: "KubeletConfiguration",
      cgroupDriver: "systemd",
      ...(node.cgroup === "v1" ? { failCgroupV1: false } : {}),
    },
    {
      apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
      kind: "KubeProxyConfiguration",
      mode: spec.proxy,
      metricsBindAddress: "0.0.0.0:10249",
      // A machine that is itself a container may not set it; elsewhere the kernel's own value does.
      conntrack: { maxPerCore: 0 },
    },
  );
}

/** Configuration of `kubeadm join`; token and certificate key are put in on the machine, from standard input. */
export function joinConfig(spec: ClusterSpec, node: NodeArgs): string {
  const { endpoint } = spec;
  const { host } = node;
  return documents({
    apiVersion: api,
    kind: "JoinConfiguration",
    nodeRegistration: registration(node),
    discovery: {
      bootstrapToken: {
        apiServerEndpoint: `${endpoint.name}:${endpoint.port}`,
        token: placeholders.token,
        caCertHashes: [placeholders.ca],
      },
    },
    ...(host.role === "control-plane"
      ? {
          controlPlane: {
            localAPIEndpoint: { advertiseAddress: host.address, bindPort: apiPort },
            certificateKey: placeholders.key,
          },
        }
      : {}),
  });
}

/** What stands in `joinConfig` for what only the machine is told, and `join.sh` puts in. */
export const placeholders = { token: "@TOKEN@", ca: "@CA@", key: "@KEY@" };

const documents = (...each: object[]): string => each.map((one) => stringify(one)).join("---\n");
