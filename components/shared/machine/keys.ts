import type { FactsByHost } from "./facts";
import type { Machine, SpecProblem } from "./machine";
import { noSecret } from "../config/secrets";

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
const keyFile = "~/.ssh/id_ed25519";

/** Keys that the stack has no secret of, each reported once and not of every machine that it opens. */
export const missingKeys = (hosts: readonly Machine[], secrets: readonly string[]): SpecProblem[] =>
  keysOf(hosts)
    .filter((name) => !secrets.includes(name))
    .map((name) => ({ path: ["ssh", "key"], ...noSecret(name, keyFile) }));

/** Keys that open nothing, by what was found of the machines; each reported once. */
export function unfitKeys(hosts: readonly Machine[], gathered: FactsByHost): SpecProblem[] {
  const reasons = new Map<string, string>();
  for (const { name, ssh } of hosts) {
    const one = gathered.get(name);
    if (one !== undefined && "badKey" in one) reasons.set(ssh.key, one.unreachable);
  }
  return [...reasons].map(([name, why]) => ({
    path: ["ssh", "key"],
    ...noSecret(name, keyFile),
    allowed: `a secret with a private key that has no passphrase: ${why}`,
  }));
}

/** Names of the secrets that open machines. */
export const keysOf = (hosts: readonly Machine[]): string[] => [
  ...new Set(hosts.map(({ ssh }) => ssh.key)),
];
