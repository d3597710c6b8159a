import { z } from "zod";
import { labelValue } from "../../components/shared/names";
import { askState, type StateResources } from "../status/state";
import type { Running } from "./gates";

const Deployment = z.object({
  type: z.literal("kubernetes:apps/v1:Deployment"),
  outputs: z.object({
    metadata: z.object({ labels: z.record(z.string(), z.string()) }),
    spec: z.object({
      template: z.object({
        spec: z.object({ containers: z.array(z.object({ image: z.string() })) }),
      }),
    }),
  }),
});

/** What runs, from a stack's resources by URN, each with its type and outputs. */
export function runningIn(resources: StateResources): Running {
  const runs = new Set<string>();
  for (const resource of Object.values(resources)) {
    const { data } = Deployment.safeParse(resource);
    if (data === undefined) continue;
    const { metadata, spec } = data.outputs;
    const project = metadata.labels["slipway/project"] ?? "";
    for (const { image } of spec.template.spec.containers) {
      runs.add(`${project} ${image.replace(/.*@/, "")}`);
    }
  }
  return (project, digest) => runs.has(`${labelValue(project)} ${digest}`);
}

/** Asks the engine what runs in the current stack: only if a version would be refused otherwise. */
export const askRunning = async (): Promise<Running> => runningIn(await askState());
