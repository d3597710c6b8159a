import { z } from "zod";
import { claimName } from "../components/app/workload";
import type { Problem } from "../components/shared/problem";
import { labelValue } from "../components/shared/names";
import type { Settings } from "./settings";
import { isOurs, type Claim, type Standing } from "./standing";
import type { StateResources } from "./state";

const StateClaim = z.object({
  type: z.literal("kubernetes:core/v1:PersistentVolumeClaim"),
  outputs: z.object({ metadata: z.object({ name: z.string(), namespace: z.string() }) }),
});

/** What of a stack's settings decides over what an update would lose. */
export type Holding = Pick<Settings, "stack" | "storage" | "discard" | "removed"> & {
  images: Pick<Settings["images"], "projects">;
};

/**
 * The claims that an update would delete, for no file declares them any more, and nobody has said that they may go: by name in
 * `slipway:discard`, or with their whole project by `slipway remove`. Of an update limited to one `app`, its claims.
 */
export async function lossProblems(
  { where, claims }: Pick<Standing, "where" | "claims">,
  { stack, storage, discard, removed, images }: Holding,
  app: string | undefined,
  askState: () => Promise<StateResources>,
): Promise<Problem[]> {
  const declared = new Set(
    images.projects.flatMap(({ name, spec }) =>
      Object.keys(spec.volumes).map((volume) => claimName(name, volume)),
    ),
  );
  const mayGo = new Set(removed.map(labelValue));
  const left = [...claims.values()].filter(({ metadata }) => {
    const { name, labels = {} } = metadata;
    const meant = app === undefined || labels["app"] === app;
    const released = mayGo.has(labels["slipway/project"] ?? "");
    return isOurs(metadata, where) && meant && !released && !declared.has(name);
  });
  const unnamed = left.filter(({ metadata }) => !discard.includes(objectOf(metadata)));
  if (unnamed.length === 0) return [];
  // One that an earlier update has let go of is nobody's any more.
  const held = heldBy(await askState(), where.own);
  return unnamed.flatMap((claim) => {
    const urn = held.get(claim.metadata.name);
    return urn === undefined ? [] : [lossOf(stack, claim, storage.keep ? urn : undefined)];
  });
}

const objectOf = ({ name }: Claim["metadata"]): string => `PersistentVolumeClaim/${name}`;

/** URNs of the claims that a state has in a namespace, by name. */
function heldBy(state: StateResources, namespace: string): ReadonlyMap<string, string> {
  const held = new Map<string, string>();
  for (const [urn, resource] of Object.entries(state)) {
    const { data } = StateClaim.safeParse(resource);
    if (data?.outputs.metadata.namespace === namespace) held.set(data.outputs.metadata.name, urn);
  }
  return held;
}

/** `kept`: URN of a claim that stays in the cluster, and that the engine protects. */
function lossOf(stack: string, { metadata, spec }: Claim, kept: string | undefined): Problem {
  const object = objectOf(metadata);
  const size = spec.resources?.requests?.storage ?? "of unknown size";
  const project = metadata.labels?.["slipway/project"] ?? "";
  return {
    ...{ file: `Pulumi.${stack}.yaml`, path: "slipway:discard" },
    given: `${object} (${size}, of ${project}) is in no project's file any more`,
    allowed:
      "volumes that are declared, those of projects that `slipway remove` has taken out, and those that are named here",
    mend:
      kept === undefined
        ? `declare it again; or, to delete it with all that it holds, add \`- ${object}\``
        : `declare it again; or, to leave it in the cluster without an owner, add \`- ${object}\` and: pulumi state unprotect '${kept}' --stack ${stack}`,
  };
}
