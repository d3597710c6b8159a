/** A machine that is reached by SSH. Plain values: they decide which resources exist. */
export interface Machine {
  /** Name, the key of everything about it. */
  name: string;
  /** IPv4 address by which other machines and the program reach it. */
  address: string;
  /** Its login; `key` is the name of the stack's secret with the private key. */
  ssh: { user: string; port: number; key: string };
  /** Its public host key as `ssh-keyscan` prints it: `ssh-ed25519 AAAA…`. */
  hostKey: string;
  /** Whether it leaves the cluster or the edge. */
  absent: boolean;
}

/** A problem of a part's settings, at a path below the part's key. */
export interface SpecProblem {
  path: readonly string[];
  given?: unknown;
  allowed: string;
  fix?: string;
}
