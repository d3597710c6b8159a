import { z } from "zod";
import type { Problem } from "../../components/shared/problem";
import { labelValue, claimName } from "../../components/shared/names";
import { isOurs, type Claim, type LiveObjects } from "./objects";
import type { StateResources } from "./state";
import type { NamespaceSettings } from "../../components/namespace/types";
import type { ProjectsSettings } from "../projects/types";

const StateClaim = z.object({
  type: z.literal("kubernetes:core/v1:PersistentVolumeClaim"),
  outputs: z.object({ metadata: z.object({ name: z.string(), namespace: z.string() }) }),
});

/** The settings that decide what an update would lose. */
export interface Holding extends Pick<ProjectsSettings, "discard" | "removed"> {
  stack: string;
  storage: NamespaceSettings["storage"];
  images: Pick<ProjectsSettings["images"], "projects">;
}

/**
 * What an update would lose: the claims that it would delete because no file declares them any more, unless their loss is
 * allowed, by name in `slipway:discard` or with their project by `slipway remove`. For an update limited to one `app`, that
 * project's claims.
 */
export async function lossProblems(
  { where, fresh, claims }: Pick<LiveObjects, "where" | "fresh" | "claims">,
  { stack, storage, discard, removed, images }: Holding,
  app: string | undefined,
  askState: () => Promise<StateResources>,
): Promise<Problem[]> {
  const declared = new Set(
    images.projects.flatMap(({ name, claims: named }) =>
      Object.keys(named).map((volume) => claimName(name, volume)),
    ),
  );
  const mayGo = new Set(removed.map(labelValue));
  const left = [...claims.values()].filter(({ metadata, spec, status }) => {
    const { name, labels = {} } = metadata;
    const meant = app === undefined || labels["app"] === app;
    const released = mayGo.has(labels["slipway/project"] ?? "");
    // A project that never had a volume has nothing to lose.
    const empty = spec.volumeName === undefined && status?.phase === "Pending";
    return isOurs(metadata, where) && meant && !released && !empty && !declared.has(name);
  });
  const unnamed = left.filter(({ metadata }) => !discard.includes(objectOf(metadata)));
  if (unnamed.length === 0 && !fresh) return [];
  const held = heldBy(await askState());
  const elsewhere = held.filter(({ namespace }) => fresh && namespace !== where.own);
  return [
    ...elsewhere
      .filter((claim) => !discard.includes(objectOf(claim)))
      .map((claim) => movedAway(stack, claim, where.own)),
    // An earlier update has already unprotected it.
    ...unnamed.flatMap((claim) => {
      const { name } = claim.metadata;
      const one = held.find((each) => each.name === name && each.namespace === where.own);
      return one === undefined ? [] : [lossOf(stack, claim, storage.keep ? one.urn : undefined)];
    }),
  ];
}

const objectOf = ({ name }: { name: string }): string => `PersistentVolumeClaim/${name}`;

/** A claim in a state. */
interface Held {
  name: string;
  namespace: string;
  urn: string;
}

const heldBy = (state: StateResources): Held[] =>
  Object.entries(state).flatMap(([urn, resource]) => {
    const { data } = StateClaim.safeParse(resource);
    return data === undefined ? [] : [{ ...data.outputs.metadata, urn }];
  });

/** The stack's namespace gets another name, and claims do not move with it. */
const movedAway = (stack: string, claim: Held, to: string): Problem => ({
  file: `Pulumi.${stack}.yaml`,
  path: "slipway:system",
  given: `${objectOf(claim)} is in namespace ${claim.namespace}, and the stack would use ${to}, with an empty one`,
  allowed: "the namespace in which the stack's volumes are",
  fix: `restore \`slipway:system\`; or name each claim that may be lost under slipway:discard`,
});

/** `kept`: URN of a claim that stays in the cluster, and that the engine protects. */
function lossOf(stack: string, { metadata, spec }: Claim, kept: string | undefined): Problem {
  const object = objectOf(metadata);
  const size = spec.resources?.requests?.storage ?? "of unknown size";
  const project = metadata.labels?.["slipway/project"] ?? "";
  return {
    file: `Pulumi.${stack}.yaml`,
    path: "slipway:discard",
    given: `${object} (${size}, of ${project}) is in no project's file any more`,
    allowed:
      "volumes that are declared, those of projects that `slipway remove` has removed, and those that are named here",
    fix:
      kept === undefined
        ? `declare it again; or, to delete it with all that it holds, add \`- ${object}\``
        : `declare it again; or, to leave it in the cluster without an owner, add \`- ${object}\` and: pulumi state unprotect '${kept}' --stack ${stack}`,
  };
}
