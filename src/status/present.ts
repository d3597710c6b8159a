import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { isRefused, type Api } from "../kubernetes/api";
import { managedHere } from "../../components/shared/labels";
import { dyingText, goneText, type Ending } from "../readiness/gone";
import { metadataOnly, type Declared } from "./objects";
import type { StateResources } from "./state";

/** Only what is of these is looked for: of an update limited to one project, what it may make. */
export interface Scope {
  /** Value of the label `app` of a project. */
  app: string;
  /** Name of the Ingress that projects share. */
  shared: string;
}

/**
 * Throws unless the cluster has all that an update has declared. The engine compares with its state alone: what somebody has
 * deleted since is neither made again nor missed, and the update ends well while nothing serves. What is being deleted is as
 * good as gone. Finished Jobs are not looked for, for clusters clear them away; nor is what nobody may list.
 */
export async function mustBePresent(
  api: Api,
  declared: readonly Declared[],
  askState: () => Promise<StateResources>,
  scope?: Scope,
): Promise<void> {
  const wanted = declared.filter(
    ({ kind, name, labels }) =>
      kind !== "Job" &&
      (scope === undefined || labels["app"] === scope.app || name === scope.shared),
  );
  const labels = [managedHere, ...(scope === undefined ? [] : [`app=${scope.app}`])];
  const lists = [...new Set(wanted.map(({ path }) => path))].map(async (path) => {
    const here = wanted.filter((one) => one.path === path);
    const listed = await listedIn(api, path, labels.join(","));
    if (listed === undefined) return [];
    const unlisted = here.filter(({ name }) => !listed.has(name));
    // Before one counts as gone it is asked for by its name: somebody may have changed its labels.
    const found = await Promise.all(
      unlisted.map(({ path, name }) => api.object<Seen>(`${path}/${name}`)),
    );
    const gone = unlisted.filter((_, index) => found[index] === "absent");
    const seen = new Map(
      found.flatMap((one) =>
        typeof one === "string" ? [] : [[one.metadata.name, one.metadata] as const],
      ),
    );
    return [
      ...gone.map((one) => ({ object: titleOf(one), text: undefined })),
      ...here.flatMap((one) => {
        const text = dyingText(listed.get(one.name) ?? seen.get(one.name) ?? {});
        return text === undefined ? [] : [{ object: titleOf(one), text }];
      }),
    ];
  });
  const missing = (await Promise.all(lists)).flat();
  if (missing.length === 0) return;
  // What limits of the user's own (`--target`) kept from being made is none.
  const held = objectsIn(await askState());
  const ours = missing.filter(({ object }) => held.has(object));
  const gone = ours.flatMap(({ object, text }) => (text === undefined ? [object] : []));
  const dying = ours.flatMap(({ object, text }) =>
    text === undefined ? [] : [`${object}: ${text}`],
  );
  const lines = [
    ...(gone.length === 0 ? [] : [`${gone.sort().join(", ")}: ${goneText(pulumi.getStack())}`]),
    ...dying.sort(),
  ];
  if (lines.length > 0) throw new pulumi.RunError(lines.join("\n"));
}

const titleOf = ({ kind, name }: Declared): string => `${kind} ${name}`;

const StateObject = z.object({
  type: z.string().startsWith("kubernetes:"),
  outputs: z.object({ metadata: z.object({ name: z.string() }) }),
});

/** Objects that a state holds, as `Kind name`. */
function objectsIn(state: StateResources): ReadonlySet<string> {
  const objects = Object.values(state).flatMap((resource) => {
    const { data } = StateObject.safeParse(resource);
    return data === undefined
      ? []
      : [`${data.type.replace(/.*:/, "")} ${data.outputs.metadata.name}`];
  });
  return new Set(objects);
}

/** What is seen of an object. */
interface Seen {
  metadata: Ending & { name: string };
}

/** Metadata of what is listed, by name; undefined where nobody may list it. */
async function listedIn(
  api: Api,
  path: string,
  labelSelector: string,
): Promise<ReadonlyMap<string, Ending> | undefined> {
  try {
    const found = await api.list<Seen>(path, { labelSelector }, { accept: metadataOnly });
    return new Map(found.map(({ metadata }) => [metadata.name, metadata]));
  } catch (error) {
    if (isRefused(error)) return undefined;
    throw error;
  }
}
