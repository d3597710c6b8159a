import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { isRefused, type Api } from "../kubernetes/api";
import { managedHere } from "../../components/shared/labels";
import { dyingText, goneText, type DeletionMetadata } from "../readiness/gone";
import { metadataOnly, type DeclaredObject } from "./objects";
import type { StateResources } from "./state";

/** Limits the check: for an update of one project, to what it may create. */
export interface PresenceScope {
  /** Value of the label `app` of a project. */
  app: string;
  /** Name of the Ingress that projects share. */
  shared: string;
}

/**
 * Throws unless the cluster has everything that an update has declared. The engine compares with its state only: it neither
 * recreates nor misses an object deleted since, so the update would succeed while nothing serves. An object that is being deleted
 * counts as gone. Finished Jobs are not checked, because clusters clear them away; nor are kinds that cannot be listed.
 */
export async function mustBePresent(
  api: Api,
  declared: readonly DeclaredObject[],
  askState: () => Promise<StateResources>,
  scope?: PresenceScope,
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
    // Before one counts as gone it is read by name: somebody may have changed its labels.
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
  // An object that the user's own `--target` has excluded is not missing.
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

const titleOf = ({ kind, name }: DeclaredObject): string => `${kind} ${name}`;

const StateObject = z.object({
  type: z.string().startsWith("kubernetes:"),
  outputs: z.object({ metadata: z.object({ name: z.string() }) }),
});

/** Objects in a state, as `Kind name`. */
function objectsIn(state: StateResources): ReadonlySet<string> {
  const objects = Object.values(state).flatMap((resource) => {
    const { data } = StateObject.safeParse(resource);
    return data === undefined
      ? []
      : [`${data.type.replace(/.*:/, "")} ${data.outputs.metadata.name}`];
  });
  return new Set(objects);
}

/** The live object. */
interface Seen {
  metadata: DeletionMetadata & { name: string };
}

/** Metadata from a list, by name; undefined if access is denied. */
async function listedIn(
  api: Api,
  path: string,
  labelSelector: string,
): Promise<ReadonlyMap<string, DeletionMetadata> | undefined> {
  try {
    const found = await api.list<Seen>(path, { labelSelector }, { accept: metadataOnly });
    return new Map(found.map(({ metadata }) => [metadata.name, metadata]));
  } catch (error) {
    if (isRefused(error)) return undefined;
    throw error;
  }
}
