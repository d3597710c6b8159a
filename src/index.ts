import * as pulumi from "@pulumi/pulumi";
import { kubernetesName, namespaceName, sharedIngressName } from "../components/shared/names";
import { formatProblems } from "../components/shared/problem";
import { removeKubeconfigCopies } from "./kubernetes/kubeconfig-copies";
import { Api, apiOf } from "./kubernetes/api";
import { unknownFields } from "./kubernetes/fields";
import { Rollouts, unwatched } from "./readiness/rollouts";
import { engineSources } from "./stack/sources";
import {
  declareStack,
  inspectStack,
  patchesOf,
  planStack,
  refuse,
  resolveStack,
  type Outputs,
  type Planned,
} from "./stack/stack";
import { controllerIn, look } from "./status/look";
import { mustBePresent } from "./status/present";
import { staleProblems, type Deployed } from "./status/stale";
import { askState } from "./status/state";
import { surplusOf } from "./status/surplus";

/** The program, as the engine runs it: read → resolve → inspect → plan → look → declare → verify. */
async function program(only?: string): Promise<Outputs> {
  const began = Date.now();
  const settings = resolveStack(engineSources(only));
  const planned = planStack(settings, await inspectStack(settings));
  for (const line of planned.lines) void pulumi.log.info(line);
  const looked = await look(planned);
  if (looked !== undefined)
    refuse(planned.stack, await unknownFields(looked.api, patchesOf(planned)));
  for (const warning of planned.warnings) void pulumi.log.warn(warning);
  const rollouts = new Rollouts({
    namespace: namespaceName(planned.namespace.system, planned.stack),
    ...(only === undefined
      ? { platform: controllerIn(planned.ingress) }
      : { app: kubernetesName(only) }),
  });
  let api: Api | undefined;
  void rollouts.api.then((reached) => (api = reached));
  try {
    if (looked !== undefined) {
      rollouts.reach(looked.api);
      await rollouts.known();
      upToDate(planned, [...rollouts.deployed, ...looked.removals]);
      looked.watch.know(rollouts.deployed);
      const { stack, projects } = planned;
      for (const line of surplusOf({ stack, ...projects }, rollouts.deployed, only))
        void pulumi.log.warn(line);
    }
    const outputs = await declareStack(planned, {
      rollouts,
      platformRollouts: only === undefined ? rollouts : unwatched,
      transformations: looked === undefined ? [] : [looked.watch.transformation],
      pass: () => looked?.watch.pass(),
      made: (kubeconfig) => {
        if (looked === undefined) rollouts.reach(apiOf(kubeconfig));
      },
      live: { projects: { ingress: looked?.shared } },
    });
    looked?.watch.refuse();
    looked?.watch.pass();
    await rollouts.settled();
    if (looked !== undefined && !pulumi.runtime.isDryRun()) {
      const shared = sharedIngressName(planned.namespace.system);
      const scope = only === undefined ? undefined : { app: kubernetesName(only), shared };
      await mustBePresent(looked.api, looked.watch.declared, askState, scope);
    }
    return outputs;
  } finally {
    if (api !== undefined) removeKubeconfigCopies(api.endpoint, began);
  }
}

/** Refuses to undo changes that are newer than the files; a preview warns of it. */
function upToDate({ stack, projects }: Planned, deployed: readonly Deployed[]): void {
  const problems = staleProblems({ stack, ...projects }, deployed);
  if (problems.length === 0) return;
  const refusal = formatProblems(`Stack ${stack} is refused, nothing was changed`, problems);
  if (!pulumi.runtime.isDryRun()) throw new pulumi.RunError(refusal);
  void pulumi.log.warn(`what an update would say: ${refusal}`);
}

export = program;
