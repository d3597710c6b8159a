import { putFile, quote } from "./script";

/** Who installs packages: nobody (`preinstalled`), or the machine's own package manager, from repositories that are given. */
export interface Packages {
  from: "preinstalled" | "apt" | "dnf";
  /** Lines of `sources.list`, or base addresses for dnf, beside what the machine has already. */
  repositories: readonly string[];
}

/**
 * Tells the machine's package manager of the repositories; nothing where nobody installs. A machine may be part of several
 * things, each of which has a file of its own, named after `owner`.
 */
export function repositoriesBody(owner: string, { from, repositories }: Packages): string {
  switch (from) {
    case "preinstalled":
      return "";
    case "apt":
      return putFile(`/etc/apt/sources.list.d/${owner}.list`, repositories.join("\n"));
    case "dnf": {
      const sections = repositories.map((base, index) =>
        [`[${owner}-${index}]`, `name=${owner} ${index}`, `baseurl=${base}`, "exclude="].join("\n"),
      );
      return putFile(`/etc/yum.repos.d/${owner}.repo`, sections.join("\n"));
    }
  }
}

/** Sees that programs are there. */
export const programsBody = (
  programs: readonly string[],
): string => `for program in ${programs.join(" ")}; do
  command -v "$program" > /dev/null || fail "$program is not installed"
done`;

/** Installs programs where somebody is to, each from the package that is given with it; then sees that they are there. */
export function installBody(
  owner: string,
  packages: Packages,
  programs: Readonly<Record<string, string>>,
): string {
  const names = [...new Set(Object.values(programs))].sort().map(quote).join(" ");
  const install = {
    preinstalled: [],
    apt: [
      "export DEBIAN_FRONTEND=noninteractive",
      "apt-get -q update < /dev/null",
      `apt-get -q install --yes --no-install-recommends ${names} < /dev/null`,
    ],
    dnf: [`dnf -q install -y ${names} < /dev/null`],
  }[packages.from];
  return [repositoriesBody(owner, packages), ...install, programsBody(Object.keys(programs))]
    .filter((text) => text !== "")
    .join("\n");
}
