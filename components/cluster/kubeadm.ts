import { stringify } from "yaml";
import { type ClusterSpec, type HostSpec, apiPort, activeHosts } from "../shared/cluster-spec";

/** The values of kubeadm's configuration that depend on the machine. */
export interface NodeArgs {
  /** The machine: its name, its address and its role. */
  host: HostSpec;
  /** Version of the mounted cgroup hierarchy. */
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
  // The only preflight check that fails with cgroup v1; kubelet's configuration allows it.
  ...(cgroup === "v1" ? { ignorePreflightErrors: ["SystemVerification"] } : {}),
});

const controlPlaneTaint = {
  key: "node-role.kubernetes.io/control-plane",
  effect: "NoSchedule",
};

/**
 * Configuration of `kubeadm init`. It holds no secrets: kubeadm creates its own. Every component serves its metrics for
 * monitoring on the machine's own addresses.
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
      // No machine joins by the token of the first day.
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
          // With `routes` each machine's part of the network is derived from its address.
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
      // A machine that is itself a container may not set it; elsewhere the kernel's own value is fine.
      conntrack: { maxPerCore: 0 },
    },
  );
}

/** Configuration of `kubeadm join`; `join.sh` inserts token and certificate key on the machine, from standard input. */
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

/** Placeholders in `joinConfig` for the secrets that `join.sh` inserts. */
export const placeholders = { token: "@TOKEN@", ca: "@CA@", key: "@KEY@" };

const documents = (...each: object[]): string => each.map((one) => stringify(one)).join("---\n");
