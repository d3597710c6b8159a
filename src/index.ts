import * as pulumi from "@pulumi/pulumi";
import { declareStack, type Outputs } from "./platform";
import { DoubtfulRefusal, engineSources, readSettings, type Settings } from "./settings";
import { askRunning } from "./settings/gates-running";
import { reachProblem } from "./settings/reach";

/** The program, as the engine runs it: settings that hold, a cluster that answers, then the first resource. */
async function program(only?: string): Promise<Outputs> {
  const settings = await settingsThatHold();
  const problem = await reachProblem(`Pulumi.${settings.stack}.yaml`, settings.cluster);
  if (problem !== undefined) throw new pulumi.RunError(problem);
  for (const warning of settings.warnings) void pulumi.log.warn(warning);
  return declareStack(settings, only);
}

/** Reads the settings; where a guard objects to what may run already, once more with what does. */
async function settingsThatHold(): Promise<Settings> {
  const sources = engineSources();
  try {
    return readSettings(sources);
  } catch (error) {
    if (!(error instanceof DoubtfulRefusal)) throw error;
    return readSettings({ ...sources, running: await askRunning() });
  }
}

export = program;
