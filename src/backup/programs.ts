import { delimiter, join } from "node:path";
import { UserError } from "../../components/shared/problem";
import { isExecutable } from "../../components/shared/system/executable";

/** Programs that `slipway backup` needs, with their packages. */
const packages = {
  restic: { apt: "restic", dnf: "restic" },
  ssh: { apt: "openssh-client", dnf: "openssh-clients" },
} as const;

/** Reports all programs that are not on PATH, before anything begins. */
export function needPrograms(
  names: readonly (keyof typeof packages)[],
  path: string | undefined,
): void {
  const folders = (path ?? "").split(delimiter).filter((folder) => folder !== "");
  const missing = names.filter(
    (name) => !folders.some((folder) => isExecutable(join(folder, name))),
  );
  if (missing.length === 0) return;
  const of = (manager: "apt" | "dnf"): string =>
    missing.map((name) => packages[name][manager]).join(" ");
  throw new UserError(
    `Nothing was done: ${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} not installed on this machine\n  fix:  as root: apt-get install ${of("apt")} (dnf install ${of("dnf")})`,
    2,
  );
}
