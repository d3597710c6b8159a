import { olderKubernetes, type OlderKubernetes } from "../../sandbox/hosts/start";
import { labProblem } from "../../sandbox/hosts/problem";
import { layout } from "../../sandbox/layout";
import { all, asWalk, walkTitle } from "./suites";

type Tests = (this: Mocha.Suite) => void;

/** Tests on hosts of a lab; skipped with a reason if hosts cannot run here or something else is missing. */
export function describeOnLab(title: string, tests: Tests, problem = labProblem()): void {
  if (problem === undefined) describe(title, tests);
  else describe.skip(`${title} (skipped: ${problem})`, tests);
}

/** A sequence of tests on hosts of a lab. */
export function walkOnLab(title: string, steps: Tests, problem?: string): void {
  describeOnLab(walkTitle(title), asWalk(steps), problem ?? labProblem());
}

/** A sequence of tests on hosts of a lab, for `npm run test:all` only. */
export const walkOnLabAll: typeof walkOnLab = all ? walkOnLab : () => undefined;

/**
 * The older Kubernetes that hosts begin with: the one in `SLIPWAY_OLDER`, one that is built already, or the sandbox's own
 * programs stamped a patch older. `SLIPWAY_OLDER=previous` builds another minor version in half an hour.
 */
export function olderOne(): OlderKubernetes {
  const asked = process.env["SLIPWAY_OLDER"];
  if (asked === "previous" || asked === "restamped") return asked;
  return olderKubernetes(layout());
}
