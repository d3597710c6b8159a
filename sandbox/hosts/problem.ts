import { existsSync } from "node:fs";
import { isolationProblem } from "../cluster/isolation/isolation";

/** Why no lab of hosts can run on this machine; undefined if one can. */
export function labProblem(): string | undefined {
  const problem = isolationProblem();
  if (problem !== undefined) return problem;
  if (!existsSync("/usr/bin/apt-get")) return "hosts are made from Debian's packages: no apt-get";
  if (!existsSync("/dev/loop-control")) return "hosts have disks in files: no loop devices here";
  return undefined;
}
