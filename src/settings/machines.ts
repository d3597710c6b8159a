import type { Machine } from "../../components/shared/machine/machine";

/** How a machine is logged in to, where it differs from the others. */
type Login = { readonly [Field in keyof Machine["ssh"]]?: Machine["ssh"][Field] | undefined };

/** Machines by name, each with how it is logged in to; sorted, for their order in the file means nothing. */
export function reachedBy<Host extends Login>(
  ssh: Machine["ssh"],
  hosts: Readonly<Record<string, Host>>,
): (Omit<Host, keyof Login> & Pick<Machine, "name" | "ssh">)[] {
  const machines = Object.entries(hosts).map(([name, host]) => {
    const { user = ssh.user, port = ssh.port, key = ssh.key, ...rest } = host;
    return { ...rest, name, ssh: { user, port, key } };
  });
  return machines.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Where the key that opens machines mostly is. */
export const keyFile = "~/.ssh/id_ed25519";
