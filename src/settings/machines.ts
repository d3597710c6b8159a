import type { Machine, SpecProblem } from "../../components/shared/machine/machine";
import { secretPrefix } from "./stackfile";

/** How a machine is logged in to, where it differs from the others. */
type Login = { readonly [Field in keyof Machine["ssh"]]?: Machine["ssh"][Field] | undefined };

/** Machines by name, each with how it is logged in to; sorted, for their order in the file means nothing. */
export function machinesOf<Host extends Login>(
  ssh: Machine["ssh"],
  hosts: Readonly<Record<string, Host>>,
): (Omit<Host, keyof Login> & Pick<Machine, "name" | "ssh">)[] {
  const machines = Object.entries(hosts).map(([name, host]) => {
    const { user = ssh.user, port = ssh.port, key = ssh.key, ...rest } = host;
    return { ...rest, name, ssh: { user, port, key } };
  });
  return machines.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A secret that settings name and the stack does not have; it would come from `file`. */
export const noSecret = (
  path: readonly string[],
  given: string,
  file = "~/.ssh/id_ed25519",
): SpecProblem => ({
  ...{ path, given },
  allowed: "the name of a secret of this stack; there is none of the name given",
  mend: `pulumi config set --secret ${secretPrefix}${given} < ${file}`,
});
