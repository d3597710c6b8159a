import type { HostFacts } from "./facts";
import type { Machine, SpecProblem } from "./machine";

/** Maximum difference of a clock in seconds: certificates, leases and logs depend on it. */
const clockSkew = 5;

/** Requirements for every machine before a phase runs; pure. */
export function machineProblems({ name, ssh }: Machine, facts: HostFacts): SpecProblem[] {
  const path = ["hosts", name];
  const skew = Math.abs(Math.round(facts.clockSkew));
  return [
    ...(facts.root
      ? []
      : [
          {
            path,
            given: ssh.user,
            allowed: "a user who becomes root by sudo without a password",
            fix: `on the machine, as root: echo '${ssh.user} ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/slipway`,
          },
        ]),
    ...(Math.abs(facts.clockSkew) <= clockSkew
      ? []
      : [
          {
            path,
            given: `a clock that is ${skew} s ${facts.clockSkew > 0 ? "ahead" : "behind"}`,
            allowed: `a clock within ${clockSkew} s of this machine's`,
            fix: "run chrony or systemd-timesyncd on all of them",
          },
        ]),
  ];
}

/** Ports that another program than the intended one listens on; pure. */
export function portProblems(
  { name }: Machine,
  { listening }: HostFacts,
  wanted: readonly (readonly [port: number, who: string])[],
): SpecProblem[] {
  return wanted.flatMap(([port, who]) => {
    const by = listening.get(port);
    if (by === undefined || by === "" || by.startsWith(who)) return [];
    return [
      {
        path: ["hosts", name],
        given: `${by} listens on port ${port}`,
        allowed: `port ${port} for ${who}`,
        fix: `stop ${by}, or let it listen elsewhere`,
      },
    ];
  });
}

/** A machine that must be reachable and is not. */
export const unreachableProblem = (
  { name, address, ssh }: Machine,
  given: string,
  allowed: string,
): SpecProblem => ({
  path: ["hosts", name],
  given,
  allowed,
  fix: `by hand: ssh -p ${ssh.port} ${ssh.user}@${address}; or leave the machine out for now`,
});
