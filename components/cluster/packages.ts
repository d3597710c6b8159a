import { packageFunctions, repositoriesBody } from "../shared/machine/packages";
import { words } from "../shared/shell";
import { networkPlugin, type HostFacts } from "../shared/machine/facts";
import type { ClusterSpec, HostRole } from "../shared/cluster-spec";

/** Programs that a machine needs, by the package that has each. */
const everywhere: Readonly<Record<string, string>> = {
  containerd: "containerd.io",
  runc: "containerd.io",
  kubelet: "kubelet",
  kubeadm: "kubeadm",
  kubectl: "kubectl",
  [networkPlugin]: "kubernetes-cni",
  conntrack: "conntrack",
  iptables: "iptables",
};
const onControlPlanes: Readonly<Record<string, string>> = {
  keepalived: "keepalived",
  haproxy: "haproxy",
};

/** Programs with the version of the cluster. */
const ofTheCluster = ["kubelet", "kubeadm", "kubectl"];

/** Programs that a role needs, by package. */
export const programsOf = (role: HostRole): Readonly<Record<string, string>> =>
  role === "control-plane" ? { ...everywhere, ...onControlPlanes } : everywhere;

/** Programs that a machine lacks, as `kubeadm is missing` or `kubelet is v1.35.4`. */
export function lacking(
  { version, packages }: Pick<ClusterSpec, "version" | "packages">,
  role: HostRole,
  { programs, joined }: Pick<HostFacts, "programs" | "joined">,
): string[] {
  // The upgrade of a node installs its packages itself, where it may.
  const exact = packages.from === "preinstalled" || !joined ? ["kubelet", "kubeadm"] : [];
  return Object.keys(programsOf(role)).flatMap((program) => {
    const gathered = programs[program];
    if (gathered === undefined) return [`${program} is missing`];
    return exact.includes(program) && gathered !== version ? [`${program} is ${gathered}`] : [];
  });
}

/** Installs missing packages, except with `preinstalled`. Those of a running node do not change. */
export function packagesBody(
  spec: Pick<ClusterSpec, "version" | "packages">,
  role: HostRole,
  { programs, joined }: Pick<HostFacts, "programs" | "joined">,
): string {
  const names = [...new Set(Object.values(programsOf(role)))]
    .filter((name) => !joined || !ofTheCluster.includes(name) || programs[name] === undefined)
    .sort();
  return [
    clusterPackages(spec),
    repositoriesBody("slipway", spec.packages),
    `packages ${words(names.map((name) => packageName(spec, name)))}`,
    `programs ${words(Object.keys(programsOf(role)))}`,
  ].join("\n");
}

/** Shell functions of `packages.sh`, which may change the held packages of Kubernetes too. */
export const clusterPackages = ({ packages }: Pick<ClusterSpec, "packages">): string =>
  packageFunctions(packages, "--allow-change-held-packages");

/** Argument for the machine's package manager: Kubernetes' packages have the cluster's version. */
export function packageName(
  { version, packages }: Pick<ClusterSpec, "version" | "packages">,
  name: string,
): string {
  const sign = packages.from === "dnf" ? "-" : "=";
  return ofTheCluster.includes(name) ? `${name}${sign}${version.slice(1)}-*` : name;
}
