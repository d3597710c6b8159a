import { olderKubernetes, type OlderKubernetes } from "../../sandbox/hosts/start";
import { labProblem } from "../../sandbox/hosts/problem";
import { layout } from "../../sandbox/layout";

/** Tests on hosts of a lab; where none can run, or what else they need is not there, they are skipped and say why. */
export function describeOnLab(
  title: string,
  tests: (this: Mocha.Suite) => void,
  problem = labProblem(),
): void {
  if (problem === undefined) describe(title, tests);
  else {
    describe.skip(`${title} (skipped: ${problem})`, tests);
  }
}

/** The older Kubernetes that hosts may begin with: what is built already, or what `SLIPWAY_OLDER` has asked for. */
export function olderOnes(): OlderKubernetes | undefined {
  const asked = process.env["SLIPWAY_OLDER"];
  return asked === "previous" || asked === "restamped" ? asked : olderKubernetes(layout());
}

/** Why there is no older one, in words. */
export const noOlder =
  "no older Kubernetes is built here; SLIPWAY_OLDER=restamped makes one in minutes, SLIPWAY_OLDER=previous a real one in half an hour";
