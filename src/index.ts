import * as pulumi from "@pulumi/pulumi";
import { declareStack, type Outputs } from "./platform";
import { readSettings } from "./settings";
import { reachProblem } from "./settings/reach";

/** The program, as the engine runs it: settings that hold, a cluster that answers, then the first resource. */
async function program(): Promise<Outputs> {
  const settings = readSettings();
  const problem = await reachProblem(`Pulumi.${settings.stack}.yaml`, settings.cluster);
  if (problem !== undefined) throw new pulumi.RunError(problem);
  return declareStack(settings);
}

export = program;
