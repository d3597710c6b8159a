import type { FactsByHost } from "./facts";
import type { Machine, SpecProblem } from "./machine";
import { noSecret } from "../config/secrets";

/** Login of a machine, where it differs from the others. */
type Login = { readonly [Field in keyof Machine["ssh"]]?: Machine["ssh"][Field] | undefined };

/** Machines with name and login, sorted, because their order in the file does not matter. */
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

/** Usual path of the machines' private key. */
const keyFile = "~/.ssh/id_ed25519";

/** Keys without a secret of the stack, each reported once and not for every machine. */
export const missingKeys = (hosts: readonly Machine[], secrets: readonly string[]): SpecProblem[] =>
  keysOf(hosts)
    .filter((name) => !secrets.includes(name))
    .map((name) => ({ path: ["ssh", "key"], ...noSecret(name, keyFile) }));

/** Invalid private keys, from the machines' facts; each reported once. */
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

/** Names of the secrets with the machines' keys. */
export const keysOf = (hosts: readonly Machine[]): string[] => [
  ...new Set(hosts.map(({ ssh }) => ssh.key)),
];
