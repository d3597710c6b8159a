import { script, words } from "../shell";
import { putFile } from "./script";

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

/** Shell functions `packages`, which installs where somebody is to, and `programs`, which sees that they are there. */
export const packageFunctions = ({ from }: Packages, aptOptions = ""): string =>
  script("components/shared/machine/packages.sh", { FROM: from, APT_OPTIONS: aptOptions });

/** Installs programs where somebody is to, each from the package that is given with it; then sees that they are there. */
export function installBody(
  owner: string,
  packages: Packages,
  programs: Readonly<Record<string, string>>,
): string {
  const names = [...new Set(Object.values(programs))].sort();
  return [
    packageFunctions(packages),
    repositoriesBody(owner, packages),
    `packages ${words(names)}`,
    `programs ${words(Object.keys(programs))}`,
  ].join("\n");
}
