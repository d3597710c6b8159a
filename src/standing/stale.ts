import { kubernetesName } from "../../components/shared/names";
import type { Problem } from "../../components/shared/problem";
import type { Settings } from "../settings";
import type { ReleaseRecord } from "../settings/record";

/** What is read of a Deployment. */
export interface Deployed {
  metadata: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec?: { template: { spec?: { containers: readonly { image?: string }[] } } };
}

/** What was said last of a project, as its Deployments tell. */
export interface Standing {
  /** Name of the project's objects. */
  name: string;
  /** Name of the project, as far as a label can hold it. */
  project: string;
  /** When, as records write a moment. */
  at: string;
  by: string;
  /** Tag or digest of the version that was meant. */
  version: string;
}

/** What was said last of each project that has Deployments which tell it. */
export function standingOf(deployments: readonly Deployed[]): Standing[] {
  const byName = new Map<string, Standing>();
  for (const { metadata, spec } of deployments) {
    const { annotations = {}, labels = {} } = metadata;
    const [, at, by] = /^(\S+) by (.+)$/.exec(annotations["slipway/released"] ?? "") ?? [];
    const [name, project = ""] = [labels["app"], labels["slipway/project"]];
    if (name === undefined || at === undefined || by === undefined) continue;
    const image = spec?.template.spec?.containers[0]?.image ?? "";
    const digest = image.slice(image.indexOf("@sha256:") + 8).slice(0, 12);
    const version = annotations["slipway/tag"] ?? digest;
    if (at > (byName.get(name)?.at ?? "")) byName.set(name, { name, project, at, by, version });
  }
  return [...byName.values()];
}

/** What is wrong with a record where the cluster has what was said later: an update would undo that. */
export function staleProblem(
  stack: string,
  project: string,
  record: ReleaseRecord | undefined,
  { at, by, version }: Standing,
): Problem | undefined {
  const own = [record?.next?.released, record?.released]
    .flatMap((released) => released ?? [])
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at))[0];
  if (own !== undefined && Date.parse(own.at) >= Date.parse(at)) return undefined;
  const [none, undated] = ["no record", "a record of which nobody knows when it was written"];
  const given = own === undefined ? undated : `a record of ${own.at} by ${own.by}`;
  const anyway =
    record === undefined
      ? `a project leaves a stack by: slipway remove ${project} --stack ${stack}`
      : `where this file is right all the same, its record says so with: released: { at: ${at}, by: ${JSON.stringify(by)} }`;
  return {
    ...{ file: `Pulumi.${stack}.yaml`, path: `slipway:releases.${project}` },
    given: record === undefined ? none : given,
    allowed: `the latest that the stack has run with: ${version}, of ${at} by ${by}`,
    mend: `git pull, then again; ${anyway}`,
  };
}

/** What an update would undo: of each project what was said later than its files, with all that is wrong. */
export const staleProblems = (
  { stack, releases }: Pick<Settings, "stack" | "releases">,
  deployed: readonly Deployed[],
): Problem[] =>
  standingOf(deployed).flatMap((standing) => {
    const named = Object.keys(releases).find((each) => kubernetesName(each) === standing.name);
    const project = named ?? standing.project;
    return staleProblem(stack, project, releases[project], standing) ?? [];
  });
