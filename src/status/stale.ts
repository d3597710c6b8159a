import { readReleased, type Said } from "../../components/app/annotations";
import { removedLabel } from "../../components/shared/labels";
import { kubernetesName } from "../../components/shared/names";
import type { Problem } from "../../components/shared/problem";
import { isRefused, type Api } from "../kubernetes/api";
import { collection } from "../kubernetes/collections";
import type { ReleaseRecord } from "../records/record";
import type { ProjectsSettings } from "../projects/types";

/** The part of a Deployment, or of a removed project's note, that is read. */
export interface Deployed {
  metadata: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec?: { template: { spec?: { containers: readonly { image?: string }[] } } };
}

/** The last change of a project, as recorded in the cluster. */
export interface LiveVersion extends Said {
  /** Name of the project's objects. */
  name: string;
  /** Name of the project, as far as a label can hold it. */
  project: string;
  /** Tag or digest of the intended version; undefined if the project was removed. */
  version?: string;
}

/** Notes of removed projects, of all or of one by its label `app`; none if access is denied. */
export async function removalsIn(api: Api, namespace: string, app?: string): Promise<Deployed[]> {
  const labelSelector = app === undefined ? removedLabel : `${removedLabel},app=${app}`;
  try {
    return await api.list(collection("api/v1", "ConfigMap", namespace), { labelSelector });
  } catch (error) {
    if (isRefused(error)) return [];
    throw error;
  }
}

/** The last change of each project that the cluster has an object of. */
export function liveVersions(deployments: readonly Deployed[]): LiveVersion[] {
  const byName = new Map<string, LiveVersion>();
  for (const { metadata, spec } of deployments) {
    const { annotations = {}, labels = {} } = metadata;
    const said = readReleased(annotations);
    const [name, project = ""] = [labels["app"], labels["slipway/project"]];
    if (name === undefined || said === undefined) continue;
    const image = spec?.template.spec?.containers[0]?.image ?? "";
    const digest = image.slice(image.indexOf("@sha256:") + 8).slice(0, 12);
    const version =
      labels[removedLabel] === undefined ? { version: annotations["slipway/tag"] ?? digest } : {};
    if (said.at > (byName.get(name)?.at ?? ""))
      byName.set(name, { name, project, ...said, ...version });
  }
  return [...byName.values()];
}

/** What is wrong with a record if the cluster has a later change: an update would undo that. */
export function staleProblem(
  stack: string,
  project: string,
  record: ReleaseRecord | undefined,
  { at, by, version }: LiveVersion,
): Problem | undefined {
  const own = [record?.next?.released, record?.released]
    .flatMap((released) => released ?? [])
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at))[0];
  if (own !== undefined && Date.parse(own.at) >= Date.parse(at)) return undefined;
  const undated = "a record without the time of its change";
  const given = own === undefined ? undated : `a record of ${own.at} by ${own.by}`;
  const wanted =
    version === undefined
      ? `to bring the project back: slipway release ${project} --stack ${stack}`
      : `to remove the project: slipway remove ${project} --stack ${stack}`;
  const anyway =
    record === undefined
      ? wanted
      : `if this file is right all the same, its record needs: released: { at: ${at}, by: ${JSON.stringify(by)} }`;
  return {
    file: `Pulumi.${stack}.yaml`,
    path: `slipway:releases.${project}`,
    given: record === undefined ? "no record" : given,
    allowed:
      version === undefined
        ? `the latest change: the project was removed from the stack, on ${at} by ${by}`
        : `the latest version that the stack has run: ${version}, of ${at} by ${by}`,
    fix: `git pull, then again; ${anyway}`,
  };
}

/** What files say about a stack's projects. */
type Files = Pick<ProjectsSettings, "releases"> & {
  stack: string;
  images: { projects: readonly { spec: { project: string } }[] };
};

/** What an update would undo: for each project a later change than its file's, with all problems. */
export const staleProblems = (
  { stack, releases, images }: Files,
  deployed: readonly Deployed[],
): Problem[] => {
  const projects = [...images.projects.map(({ spec }) => spec.project), ...Object.keys(releases)];
  const byName = new Map(projects.map((project) => [kubernetesName(project), project]));
  return liveVersions(deployed).flatMap((live) => {
    const named = byName.get(live.name);
    // Removed projects that are not in these files either.
    if (live.version === undefined && named === undefined) return [];
    const project = named ?? live.project;
    return staleProblem(stack, project, releases[project], live) ?? [];
  });
};
