import * as pulumi from "@pulumi/pulumi";
import { managedNamespace } from "../components/ingress/ingress";
import { kubernetesName, namespaceName } from "../components/shared/names";
import { declareStack, type Outputs } from "./platform";
import { wayBy } from "./rollout/api";
import { Rollouts } from "./rollout/rollouts";
import {
  DoubtfulRefusal,
  engineSources,
  readSettings,
  type Settings,
  type Sources,
} from "./settings";
import type { Cluster } from "./settings/cluster";
import { edgeMachines } from "./settings/edge";
import { askRunning } from "./settings/gates-running";
import { reachProblem } from "./settings/reach";
import { specOf } from "./settings/room";
import { lookAtHosts } from "./settings/room-look";
import { readStackFile, secretsOf } from "./settings/stackfile";
import { lookAtCluster, Watch } from "./standing";

/** The program, as the engine runs it: settings that hold, a cluster that answers, then the first resource. */
async function program(only?: string): Promise<Outputs> {
  const settings = await settingsThatHold();
  const { stack, cluster, edge } = settings;
  const lines = [
    ...(cluster.kind === "hosts" ? cluster.plan.lines : []),
    ...(edge?.plan.lines ?? []),
  ];
  for (const line of lines) void pulumi.log.info(line);
  const watch = cluster.kind === "hosts" ? undefined : await look(settings, cluster);
  for (const warning of settings.warnings) void pulumi.log.warn(warning);
  const namespace = namespaceName(settings.system, stack);
  const rollouts = new Rollouts(namespace, only && kubernetesName(only));
  const outputs = declareStack(settings, rollouts, only, watch);
  watch?.refuse();
  await rollouts.settled();
  return outputs;
}

/** Looks whether the cluster answers, and what it holds already of what is about to be declared. */
async function look({ system, stack, ingress, adopt }: Settings, cluster: Cluster): Promise<Watch> {
  const problem = await reachProblem(`Pulumi.${stack}.yaml`, cluster);
  if (problem !== undefined) throw new pulumi.RunError(problem);
  const controller = ingress.controller.kind === "managed" ? [managedNamespace] : [];
  const namespaces = [namespaceName(system, stack), ...controller];
  const standing = await lookAtCluster(wayBy(cluster), namespaces);
  return new Watch(standing, stack, adopt);
}

/** Reads the settings; where a guard objects to what may run already, once more with what does. */
async function settingsThatHold(): Promise<Settings> {
  const sources = await withMachines(engineSources());
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
