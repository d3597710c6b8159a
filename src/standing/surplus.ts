import { slotObject } from "../../components/app/frame";
import { firstSlot, isHalves } from "../../components/app/rollout";
import type { Settings } from "../settings";

/**
 * Says of which projects more pods serve than are declared, because somebody has scaled them in the cluster: their next change
 * takes those away, at the moment in which the new version gets all requests.
 * @param running how many pods a Deployment is to have now; undefined where there is none
 */
export function surplusOf(
  { stack, images: { projects } }: Pick<Settings, "stack" | "images">,
  running: (deployment: string) => number | undefined,
  only?: string,
): string[] {
  return projects.flatMap(({ name, spec, record }) => {
    const { project, replicas, autoscale, strategy } = spec;
    if (autoscale !== undefined || (only !== undefined && only !== project)) return [];
    const declared = isHalves(strategy) ? Math.ceil(replicas / 2) : replicas;
    const pods = running(slotObject(name, record?.slot ?? firstSlot)) ?? 0;
    if (pods <= declared) return [];
    return [
      `${project} has ${pods} pods by somebody's word in the cluster, declared are ${declared}: its next change leaves ${declared}; to keep more: slipway scale ${project} ${isHalves(strategy) ? 2 * pods : pods} --stack ${stack}`,
    ];
  });
}
