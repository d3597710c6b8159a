import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeBuilder } from "./builder";
import { isolationProblem, startCluster, type Cluster } from "./cluster";
import type { SandboxContract } from "../components/cluster/sandbox";
import { binDir, place, prepareEngine } from "./engine";
import { pushTemplates } from "./images/templates";
import type { Layout } from "./layout";
import type { Progress } from "./progress";
import { kubeconfigs } from "./session";
import { buildTools, toolchain, type Toolchain } from "./toolchain/build";
import { catalogue, sandboxTools, type ToolName, type ToolSpec } from "./toolchain/catalogue";
import { installMissing } from "./toolchain/debian";
import { traefikVersion } from "./toolchain/wheel";
import { contractPath } from "./contract";

/** One step of starting the sandbox; the command line shows them as a list. */
export interface SandboxStep {
  title: string;
  /** Returns a note to show when the step is done. */
  run: (progress: Progress) => Promise<string | undefined>;
}

/**
 * The steps from a bare machine to a sandbox for `pulumi up`. Each detects what already exists, so running them again changes
 * nothing and takes seconds.
 */
export function sandboxSteps(layout: Layout): SandboxStep[] {
  const tools = neededTools();
  const built = (): Toolchain => toolchain(layout, tools);
  return [
    {
      title: "Debian packages",
      run: async (progress) => (isolated() ? installMissing(progress) : "not needed"),
    },
    {
      title: "toolchain",
      run: async (progress) => {
        await buildTools(layout, progress, tools);
        return `${tools.length} tools`;
      },
    },
    { title: "Kubernetes", run: (progress) => cluster(layout, built(), progress) },
    {
      title: "Pulumi engine",
      run: async (progress) => {
        const parts = await prepareEngine(layout, built().binary, progress);
        return parts.map(({ name, source }) => `${name} ${source}`).join(", ");
      },
    },
  ];
}

const isolated = (): boolean => isolationProblem() === undefined;

/** Without a real node, tools that only it runs are not needed. */
function neededTools(): ToolName[] {
  const node = isolated();
  return sandboxTools.filter((name) => node || (catalogue[name] as ToolSpec).node !== true);
}

/** Starts Kubernetes, adds base images and a builder, and writes the sandbox's contract for the program. */
export async function cluster(
  layout: Layout,
  tools: Toolchain,
  progress: Progress,
): Promise<string> {
  const started = await startCluster(layout, tools, progress);
  const contract: SandboxContract = {
    kubeconfig: started.kubeconfig,
    registry: started.registry,
    simulated: started.simulated,
    ...(started.buildkit === undefined
      ? {}
      : {
          builder: await writeBuilder(layout, started.buildkit),
          ingressPort: started.ingressPort,
          templates: await pushTemplates(
            layout.cache,
            started.registry,
            tools.binary("traefik"),
            progress,
          ),
        }),
  };
  await addCommands(layout, tools);
  await addKubeconfigs(layout, started);
  await writeFile(contractPath(layout), JSON.stringify(contract, undefined, 2), { mode: 0o600 });
  return started.mode === "isolated"
    ? `one real node, one simulated; Traefik ${traefikVersion()}`
    : "simulated nodes only";
}

/** `kubectl` beside our `pulumi`, so that one PATH entry is enough for both. */
async function addCommands(layout: Layout, tools: Toolchain): Promise<void> {
  await mkdir(binDir(layout), { recursive: true });
  await mkdir(join(layout.state, "pulumi-state"), { recursive: true });
  await place(tools.binary("kubectl"), join(binDir(layout), "kubectl"));
}

/** In this sandbox the other stacks' clusters are also this one, so that they can be previewed from the same shell. */
async function addKubeconfigs(layout: Layout, { kubeconfig }: Cluster): Promise<void> {
  for (const stack of ["uat", "prod"]) {
    await copyFile(kubeconfig, join(kubeconfigs(layout), `${stack}.yaml`));
  }
}
