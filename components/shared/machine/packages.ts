import { putFile, quote } from "./script";

/** Who installs packages: nobody (`preinstalled`), or the machine's own package manager, from repositories that are given. */
export interface Packages {
  from: "preinstalled" | "apt" | "dnf";
  /** Lines of `sources.list`, or base addresses for dnf, beside what the machine has already. */
  repositories: readonly string[];
}

/** Installs programs where somebody is to, each from the package that is given with it; then sees that they are there. */
export function installBody(
  { from, repositories }: Packages,
  programs: Readonly<Record<string, string>>,
): string {
  const names = [...new Set(Object.values(programs))].sort().map(quote).join(" ");
  const check = `for program in ${Object.keys(programs).join(" ")}; do
  command -v "$program" > /dev/null || fail "$program is not installed"
done`;
  switch (from) {
    case "preinstalled":
      return check;
    case "apt":
      return `${putFile("/etc/apt/sources.list.d/slipway.list", repositories.join("\n"))}
export DEBIAN_FRONTEND=noninteractive
apt-get -q update < /dev/null
apt-get -q install --yes --no-install-recommends ${names} < /dev/null
${check}`;
    case "dnf": {
      const sections = repositories.map(
        (base, index) => `[slipway-${index}]\nname=slipway ${index}\nbaseurl=${base}\nexclude=`,
      );
      return `${putFile("/etc/yum.repos.d/slipway.repo", sections.join("\n"))}
dnf -q install -y ${names} < /dev/null
${check}`;
    }
  }
}
