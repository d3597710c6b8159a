import * as pulumi from "@pulumi/pulumi";
import { kubernetesName, namespaceName, sharedIngressName } from "../components/shared/names";
import { formatProblems } from "../components/shared/problem";
import { removeKubeconfigCopies } from "./kubeconfig-copies";
import { controllerIn, look } from "./standing/look";
import { declareStack, type Outputs } from "./platform";
import { mustBePresent } from "./standing/present";
import type { Api } from "./rollout/api";
import { Rollouts } from "./rollout/rollouts";
import {
  DoubtfulRefusal,
  engineSources,
  readSettings,
  type Settings,
  type Sources,
} from "./settings";
import { edgeMachines } from "./settings/edge";
import { askRunning } from "./settings/gates-running";
import { specOf } from "./settings/room";
import { lookAtHosts } from "./settings/room-look";
import { readStackFile, secretsOf } from "./settings/stackfile";
import { staleProblems, type Deployed } from "./standing/stale";
import { askState } from "./standing/state";
import { surplusOf } from "./standing/surplus";

/** The program, as the engine runs it: settings that hold, a cluster that answers, then the first resource. */
async function program(only?: string): Promise<Outputs> {
  const began = Date.now();
  const settings = await settingsThatHold(only);
  const { stack, cluster, edge } = settings;
  const lines = [
    ...(cluster.kind === "hosts" ? cluster.plan.lines : []),
    ...(edge?.plan.lines ?? []),
  ];
  for (const line of lines) void pulumi.log.info(line);
  const looked = await look(settings, only);
  for (const warning of settings.warnings) void pulumi.log.warn(warning);
  const rollouts = new Rollouts({
    namespace: namespaceName(settings.system, stack),
    ...(only === undefined ? { platform: controllerIn(settings) } : { app: kubernetesName(only) }),
  });
  let way: Api | undefined;
  void rollouts.api.then((api) => (way = api));
  try {
    if (looked !== undefined) {
      rollouts.reach(looked.api);
      await rollouts.known();
      upToDate(settings, [...rollouts.deployed, ...looked.removals]);
      looked.watch.know(rollouts.deployed);
      for (const line of surplusOf(settings, rollouts.deployed, only)) void pulumi.log.warn(line);
    }
    const outputs = await declareStack(settings, rollouts, { only, ...looked });
    looked?.watch.refuse();
    looked?.watch.pass();
    await rollouts.settled();
    if (looked !== undefined && !pulumi.runtime.isDryRun()) {
      const shared = sharedIngressName(settings.system);
      const scope = only === undefined ? undefined : { app: kubernetesName(only), shared };
      await mustBePresent(looked.api, looked.watch.declared, askState, scope);
    }
    return outputs;
  } finally {
    if (way !== undefined) removeKubeconfigCopies(way.endpoint, began);
  }
}

/** Refuses to undo what was said later than the files at hand; a preview warns of it. */
function upToDate(settings: Settings, deployed: readonly Deployed[]): void {
  const problems = staleProblems(settings, deployed);
  if (problems.length === 0) return;
  const refusal = formatProblems(
    `Stack ${settings.stack} is refused, nothing was changed`,
    problems,
  );
  if (!pulumi.runtime.isDryRun()) throw new pulumi.RunError(refusal);
  void pulumi.log.warn(`what an update would say: ${refusal}`);
}

/** Reads the settings; where a guard objects to what may run already, once more with what does. */
async function settingsThatHold(only: string | undefined): Promise<Settings> {
  const sources = await withMachines({ ...engineSources(), only });
  try {
    return readSettings(sources);
  } catch (error) {
    if (!(error instanceof DoubtfulRefusal)) throw error;
    return readSettings({ ...sources, running: await askRunning() });
  }
}

/** Reads the stack's file, and looks at the machines of a cluster that is made here, and at the edges. */
async function withMachines(sources: Sources): Promise<Sources> {
  const { checkout, stack, engine } = sources;
  const file = readStackFile(checkout, stack, engine);
  const { cluster } = file.config;
  const keys = secretsOf(engine);
  const [machines, edges] = await Promise.all([
    lookAtHosts(cluster?.kind === "hosts" ? specOf(cluster).hosts : [], keys),
    lookAtHosts(edgeMachines(file.config), keys),
  ]);
  return { ...sources, file, machines, edges };
}

export = program;
