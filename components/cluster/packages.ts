import { programsBody, repositoriesBody } from "../shared/machine/packages";
import { quote } from "../shared/machine/script";
import type { ClusterSpec, Role } from "./spec";
import { networkPlugin, type HostFacts } from "../shared/machine/facts";

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

/** Programs that have the version of the cluster. */
const ofTheCluster = ["kubelet", "kubeadm", "kubectl"];

/** Programs that a machine of a role has to have, by package. */
export const programsOf = (role: Role): Readonly<Record<string, string>> =>
  role === "control-plane" ? { ...everywhere, ...onControlPlanes } : everywhere;

/** What of its programs a machine lacks, as `kubeadm is missing` or `kubelet is v1.35.4`. */
export function lacking(
  { version, packages }: Pick<ClusterSpec, "version" | "packages">,
  role: Role,
  { programs, joined }: Pick<HostFacts, "programs" | "joined">,
): string[] {
  // A node is brought to the version by an upgrade, which installs what it needs where it may.
  const exact = packages.from === "preinstalled" || !joined ? ["kubelet", "kubeadm"] : [];
  return Object.keys(programsOf(role)).flatMap((program) => {
    const found = programs[program];
    if (found === undefined) return [`${program} is missing`];
    return exact.includes(program) && found !== version ? [`${program} is ${found}`] : [];
  });
}

/** Installs what a machine lacks; nothing where somebody else has. What a node runs by is not touched. */
export function packagesBody(
  spec: Pick<ClusterSpec, "version" | "packages">,
  role: Role,
  { programs, joined }: Pick<HostFacts, "programs" | "joined">,
): string {
  const names = [...new Set(Object.values(programsOf(role)))]
    .filter((name) => !joined || !ofTheCluster.includes(name) || programs[name] === undefined)
    .sort();
  const check = programsBody(Object.keys(programsOf(role)));
  if (spec.packages.from === "preinstalled") return check;
  return [repositoriesBody("slipway", spec.packages), installBody(spec, names), check].join("\n");
}

/** Installs packages by name, those of Kubernetes in the cluster's version; nothing where somebody else does. */
export function installBody(
  { version, packages }: Pick<ClusterSpec, "version" | "packages">,
  names: readonly string[],
): string {
  const pinned = (sign: string): string =>
    names
      .map((name) =>
        quote(ofTheCluster.includes(name) ? `${name}${sign}${version.slice(1)}-*` : name),
      )
      .join(" ");
  switch (packages.from) {
    case "preinstalled":
      return `# Somebody has installed ${names.join(", ")}.`;
    case "apt": {
      // A package that is changed although it is held is held no longer.
      const held = names.filter((name) => ofTheCluster.includes(name)).join(" ");
      return `apt-get -q update < /dev/null
DEBIAN_FRONTEND=noninteractive apt-get -q install --yes --no-install-recommends --allow-change-held-packages ${pinned("=")} < /dev/null${held === "" ? "" : `\napt-mark hold ${held}`}`;
    }
    case "dnf":
      return `dnf -q install -y ${pinned("-")} < /dev/null`;
  }
}
