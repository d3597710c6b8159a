import { place } from "../../components/shared/config/document";
import { openFreeze, type OpenFreeze } from "./freeze";
import type { RequestedVersion, GateArgs, Violation } from "./violation";

/**
 * While nothing is to be released, an update must have a reason: a version that was let through by an override, or one that
 * was on its way before. Each comes for itself: nothing of other projects comes along, neither version nor setting.
 */
export function freezeViolations(args: GateArgs, all: readonly RequestedVersion[]): Violation[] {
  const { document, freeze, now, only } = args;
  const open = openFreeze(freeze, now);
  if (open === undefined) return [];
  const through = ({ version: { override } }: RequestedVersion) =>
    override !== undefined && new Date(override.at) >= open.since && new Date(override.at) <= now;
  const asked = all.filter(({ project }) => only === undefined || project === only);
  const target = asked.filter((each) => each.part === "next" || through(each));
  const others = asked.filter(({ project }) => target.every((each) => each.project !== project));
  if (target.length > 0 && others.length === 0)
    return asked.filter((each) => !through(each)).map((each) => frozen(args, open, each));
  const [first] = target;
  const fix =
    first === undefined
      ? `wait; or, for one version that cannot: slipway release PROJECT … --override --why … --stack ${args.stack}`
      : `wait; to release one version anyway, on its own: slipway release ${first.project} --digest ${first.version.digest} --stack ${args.stack}`;
  return [
    {
      onlyUpdate: true,
      problem: place(document, ["freeze", open.index], {
        given: now.toISOString(),
        allowed: `no update from ${open.text}`,
        fix,
      }),
    },
  ];
}

function frozen(
  { document, stack }: GateArgs,
  open: OpenFreeze,
  { project, path, version }: RequestedVersion,
): Violation {
  const { digest } = version;
  const problem = place(document, [...path, "digest"], {
    given: digest,
    allowed: `no new version from ${open.text}; only the one with an override is allowed`,
    fix: `restore the version that runs, or: slipway release ${project} --digest ${digest} --override --why … --stack ${stack}`,
  });
  return { problem, unlessRuns: { project, digest }, onlyUpdate: true };
}
