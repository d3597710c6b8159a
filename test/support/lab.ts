import { olderKubernetes, type OlderKubernetes } from "../../sandbox/hosts/start";
import { labProblem } from "../../sandbox/hosts/problem";
import { layout } from "../../sandbox/layout";
import { all, asWalk, walkTitle } from "./suites";

type Tests = (this: Mocha.Suite) => void;

/** Tests on hosts of a lab; where none can run, or what else they need is not there, they are skipped and say why. */
export function describeOnLab(title: string, tests: Tests, problem = labProblem()): void {
  if (problem === undefined) describe(title, tests);
  else describe.skip(`${title} (skipped: ${problem})`, tests);
}

/** A walk on hosts of a lab. */
export function walkOnLab(title: string, steps: Tests, problem?: string): void {
  describeOnLab(walkTitle(title), asWalk(steps), problem ?? labProblem());
}

/** A walk on hosts of a lab, for `npm run test:all` only. */
export const walkOnLabAll: typeof walkOnLab = all ? walkOnLab : () => undefined;

/**
 * The older Kubernetes that hosts begin with: what `SLIPWAY_OLDER` asks for, what is built already, or the sandbox's own
 * programs stamped a patch older. `SLIPWAY_OLDER=previous` builds another minor version in half an hour.
 */
export function olderOne(): OlderKubernetes {
  const asked = process.env["SLIPWAY_OLDER"];
  if (asked === "previous" || asked === "restamped") return asked;
  return olderKubernetes(layout());
}
