/** A machine that is reached by SSH. Plain values: they decide which resources exist. */
export interface Machine {
  /** Name that everything about it is keyed by. */
  name: string;
  /** IPv4 address by which others, and we, reach it. */
  address: string;
  /** How it is logged in to; the key itself is a secret of the stack, and this its name. */
  ssh: { user: string; port: number; key: string };
  /** Its public host key as `ssh-keyscan` prints it: `ssh-ed25519 AAAA…`. */
  hostKey: string;
  /** It leaves what it is part of. */
  absent: boolean;
}

/** What is wrong with the settings of a part, at a path below the part's own. */
export interface SpecProblem {
  path: readonly string[];
  given?: unknown;
  allowed: string;
  fix?: string;
}
