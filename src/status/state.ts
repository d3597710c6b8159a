import * as pulumi from "@pulumi/pulumi";

/** A stack's resources as its last update left them, by URN; each has its `type` and its `outputs`. */
export type StateResources = Readonly<Record<string, unknown>>;

/** Asks the engine what the state of the stack at hand holds. It reads the whole of it: only where that decides something. */
export async function askState(): Promise<StateResources> {
  const stackName = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");
  const { outputs } = (await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {
    stackName,
  })) as { outputs: StateResources };
  return outputs;
}
