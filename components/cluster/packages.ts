import { putFile, quote } from "../shared/machine/script";
import type { ClusterSpec, Role } from "./spec";

/** Programs that a machine needs, by the package that has each. */
const everywhere: Readonly<Record<string, string>> = {
  containerd: "containerd.io",
  runc: "containerd.io",
  kubelet: "kubelet",
  kubeadm: "kubeadm",
  kubectl: "kubectl",
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

/** What of its programs a machine lacks, or has in another version than the cluster's. */
export function missingPrograms(
  { version, packages }: Pick<ClusterSpec, "version" | "packages">,
  role: Role,
  found: Readonly<Record<string, string>>,
): string[] {
  return Object.keys(programsOf(role)).filter(
    (program) =>
      found[program] === undefined ||
      // What is installed already is brought to the version by an upgrade.
      (packages.from === "preinstalled" && program === "kubeadm" && found[program] !== version),
  );
}

/** Installs what a machine lacks; nothing where somebody else has. */
export function packagesBody(
  { version, packages }: Pick<ClusterSpec, "version" | "packages">,
  role: Role,
): string {
  const programs = Object.keys(programsOf(role)).join(" ");
  const check = `for program in ${programs}; do
  command -v "$program" > /dev/null || fail "$program is not installed"
done`;
  const names = [...new Set(Object.values(programsOf(role)))].sort();
  const number = version.slice(1);
  switch (packages.from) {
    case "preinstalled":
      return check;
    case "apt": {
      const pinned = names.map((name) =>
        ofTheCluster.includes(name) ? `${name}=${number}-*` : name,
      );
      return `${putFile("/etc/apt/sources.list.d/slipway.list", packages.repositories.join("\n"))}
export DEBIAN_FRONTEND=noninteractive
apt-get -q update < /dev/null
apt-get -q install --yes --no-install-recommends --allow-change-held-packages ${pinned.map(quote).join(" ")} < /dev/null
apt-mark hold ${ofTheCluster.join(" ")}
${check}`;
    }
    case "dnf": {
      const pinned = names.map((name) =>
        ofTheCluster.includes(name) ? `${name}-${number}-*` : name,
      );
      const repositories = packages.repositories
        .map(
          (base, index) => `[slipway-${index}]\nname=slipway ${index}\nbaseurl=${base}\nexclude=`,
        )
        .join("\n");
      return `${putFile("/etc/yum.repos.d/slipway.repo", repositories)}
dnf -q install -y ${pinned.map(quote).join(" ")} < /dev/null
${check}`;
    }
  }
}
