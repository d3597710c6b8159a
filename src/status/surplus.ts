import { slotObject } from "../../components/app/context";
import { firstSlot, isHalves } from "../../components/app/rollout";
import type { ProjectsSettings } from "../projects/types";

/** The part of a Deployment that is read. */
export interface Scaled {
  metadata?: {
    name?: string;
    managedFields?: readonly { manager?: string; fieldsV1?: object }[];
  };
  spec?: { replicas?: number };
}

/**
 * Warns about projects with more pods than declared because somebody has scaled them in the cluster: their next change removes
 * those pods, at the moment when the new version gets all requests.
 * @param deployed the existing Deployments
 */
export function surplusOf(
  { stack, images: { projects } }: Pick<ProjectsSettings, "images"> & { stack: string },
  deployed: readonly Scaled[],
  only?: string,
): string[] {
  const byName = new Map(deployed.map((each) => [each.metadata?.name, each] as const));
  return projects.flatMap(({ name, spec, record }) => {
    const { project, replicas, autoscale, strategy } = spec;
    if (autoscale !== undefined || (only !== undefined && only !== project)) return [];
    const declared = isHalves(strategy) ? Math.ceil(replicas / 2) : replicas;
    const live = byName.get(slotObject(name, record?.slot ?? firstSlot));
    const [pods, by] = [live?.spec?.replicas ?? 0, scaledBy(live?.metadata)];
    if (pods <= declared || by === undefined) return [];
    return [
      `${project} has ${pods} pods, set by ${by} in the cluster, where ${declared} are declared: its next change, even by this update, resets it to ${declared}; to keep more: slipway scale ${project} ${isHalves(strategy) ? 2 * pods : pods} --stack ${stack}`,
    ];
  });
}

/** Prefix of the Kubernetes plugin's field manager names. */
const plugin = "pulumi-kubernetes";

/** Who last set the number of pods, from managedFields; undefined if we did, or if it is unknown. */
function scaledBy({ managedFields = [] }: Scaled["metadata"] = {}): string | undefined {
  const managers = managedFields.flatMap(({ manager = "", fieldsV1 }) => {
    const fields = fieldsV1 as { "f:spec"?: { "f:replicas"?: object } } | undefined;
    return fields?.["f:spec"]?.["f:replicas"] === undefined ? [] : [manager];
  });
  return managers.some((manager) => manager.startsWith(plugin)) ? undefined : managers[0];
}
