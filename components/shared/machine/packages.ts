import { script, words } from "../shell";
import { putFile } from "./script";

/** Source of packages: none (`preinstalled`), or the machine's package manager with the given repositories. */
export interface Packages {
  from: "preinstalled" | "apt" | "dnf";
  /** Lines of `sources.list`, or base URLs for dnf, added to those of the machine. */
  repositories: readonly string[];
}

/**
 * Adds the repositories to the machine's package manager, except with `preinstalled`. A machine may have several roles; each has
 * a file of its own, named after `owner`.
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

/** Shell functions `packages`, which installs except with `preinstalled`, and `programs`, which checks that programs exist. */
export const packageFunctions = ({ from }: Packages, aptOptions = ""): string =>
  script("components/shared/machine/packages.sh", { FROM: from, APT_OPTIONS: aptOptions });

/** Installs programs from their packages, except with `preinstalled`; then checks that they exist. */
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
