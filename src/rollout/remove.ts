import { z } from "zod";
import { kubectl } from "../kubernetes/kubectl";
import type { ReleasedProject } from "./project";
import { isOf } from "./rollback";
import { refused } from "../stack/refusal";
import type { Session } from "../engine/session";

const State = z.object({
  deployment: z.object({
    resources: z
      .array(
        z.object({
          urn: z.string(),
          type: z.string(),
          protect: z.boolean().default(false),
          retainOnDelete: z.boolean().default(false),
        }),
      )
      .default([]),
  }),
});

/**
 * Unprotects a project's volumes: while a stack declares them they are protected against deletion. They still stay in the
 * cluster; refused if the stack's last update did not record that yet.
 */
export async function releaseVolumes(
  session: Session,
  project: ReleasedProject,
  keep: boolean,
): Promise<void> {
  const { engine, stack } = session;
  const { deployment } = State.parse(await engine.json("stack", "export"));
  const own = deployment.resources.filter(({ urn }) => isOf(project.name, { urn }));
  const isClaim = ({ type }: { type: string }): boolean => type.endsWith(":PersistentVolumeClaim");
  if (keep && own.some((one) => isClaim(one) && !one.retainOnDelete)) {
    throw refused(`${project.project} is not removed, nothing was changed`, [
      {
        file: `Pulumi.${stack}.yaml`,
        path: "slipway:storage.keep",
        given: true,
        allowed:
          "settings that the last update has applied; by its state the volumes would be deleted",
        fix: `first: pulumi up --stack ${stack}; or let them be deleted: slipway remove ${project.project} --purge --stack ${stack}`,
      },
    ]);
  }
  for (const { urn, protect } of own) if (protect) await engine.change("state", "unprotect", urn);
}

/** Deletes what a removed project has left in the cluster: its volumes and their data. */
export async function purgeVolumes(
  session: Session,
  { config, namespace, name }: ReleasedProject,
): Promise<void> {
  const which = ["--namespace", namespace, "--selector", `app=${name}`, "--ignore-not-found"];
  await kubectl(session, config, ["delete", "persistentvolumeclaims", ...which]);
}
