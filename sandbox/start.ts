import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { startCluster } from "./cluster";
import { readContract, contractPath } from "./contract";
import { prepareEngine } from "./engine";
import type { Layout } from "./layout";
import type { Progress } from "./progress";
import { adminKubeconfig, kubeconfigs } from "./session";
import { buildTools, toolchain } from "./toolchain/build";
import { installMissing } from "./toolchain/debian";

/** One step on the way to a running sandbox; the command line shows them one below the other. */
export interface SandboxStep {
  title: string;
  /** Returns a note worth reading once the step is done. */
  run: (progress: Progress) => Promise<string | undefined>;
}

/**
 * The steps from a bare machine to a sandbox that `pulumi up` can work on. Each finds out by itself what is already
 * there, so running them again changes nothing and takes seconds.
 */
export function sandboxSteps(layout: Layout): SandboxStep[] {
  return [
    { title: "Debian packages", run: installMissing },
    { title: "toolchain", run: (progress) => buildTools(layout, progress) },
    { title: "Kubernetes", run: (progress) => startCluster(layout, toolchain(layout), progress) },
    {
      title: "Pulumi engine",
      run: async (progress) => {
        const parts = await prepareEngine(layout, toolchain(layout).binary, progress);
        return parts.map(({ name, source }) => `${name} ${source}`).join(", ");
      },
    },
  ];
}
