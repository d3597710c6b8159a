import { mkdir } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../../components/shared/problem";
import { push } from "../images/push";
import type { Layout } from "../layout";
import type { Progress } from "../progress";
import type { Toolchain } from "../toolchain/build";
import { withLock } from "../toolchain/lock";
import { describe, type SandboxCluster } from "./cluster";
import type { UnitContext, Mode } from "./context";
import { follow } from "./follow";
import { isolationProblem, refuseHiddenPaths, refuseUnusablePath } from "./isolation/isolation";
import { nodesReady } from "./nodes";
import { ensurePki } from "./pki/pki";
import { ensurePorts, hostPorts, portNames, refuseTakenPorts } from "./ports";
import { baseImages, makeContext, repositoryOf } from "./prepare";
import { currentRun, halt, launch, sweep } from "./run";
import { renderUnits, specify, statusPath, writeConfiguration } from "./specification";
import { isUp, readStatus } from "./supervisor/status";

/**
 * Starts the sandbox's Kubernetes, and returns when its nodes are ready. If it already runs nothing changes; if parts of it have
 * died or its configuration has changed, it is repaired.
 * @param notIsolated why all nodes are to be simulated; undefined if one can be real.
 */
export async function startCluster(
  layout: Layout,
  tools: Toolchain,
  progress: Progress,
  notIsolated = isolationProblem(),
): Promise<SandboxCluster> {
  const mode: Mode = notIsolated === undefined ? "isolated" : "plain";
  refuseUnusablePath(layout);
  if (mode === "isolated") refuseHiddenPaths(layout);
  await mkdir(layout.state, { recursive: true, mode: 0o700 });
  const wait = () => {
    progress("another start or stop of this sandbox is at work: waiting for it");
  };
  return withLock(layout.state, wait, async () => {
    const images = await baseImages(mode, tools);
    const context = makeContext({ layout, mode, ports: await ensurePorts(layout), tools, images });
    const bringUp = async (): Promise<void> => {
      await ensureRunning(context, progress);
      for (const [name, image] of Object.entries(images)) {
        progress(`pushing the image ${name}`);
        await push(image, `${repositoryOf(context.ports, name)}:latest`);
      }
      await nodesReady(context, progress);
    };
    try {
      await bringUp();
    } catch (error) {
      // It may have looked healthy while it was ending, because its supervisor was killed a moment before.
      if (!(await isEnding(layout))) throw error;
      progress("the sandbox has ended meanwhile: starting it again");
      await bringUp();
    }
    return describe(context, notIsolated);
  });
}

/** Whether the sandbox is about to end, or has ended. All its processes end within a moment of each other. */
async function isEnding(layout: Layout): Promise<boolean> {
  for (let tenths = 0; tenths < 30 && currentRun(layout) !== undefined; tenths += 1)
    await delay(100);
  return currentRun(layout) === undefined;
}

/** Starts the processes, or checks that they run. */
async function ensureRunning(context: UnitContext, progress: Progress): Promise<void> {
  const { layout, mode, ports } = context;
  const units = renderUnits(context);
  const specification = specify(layout, units, await ensurePki(layout, ports));
  if (await runsAlready(layout, specification.revision, progress)) return;
  await halt(layout);
  await sweep(layout);
  await refuseTakenPorts(layout, ports, mode === "isolated" ? hostPorts : portNames);
  await writeConfiguration(layout, units, specification);
  try {
    await follow(layout, await launch(layout, mode), progress);
  } catch (error) {
    await halt(layout);
    await sweep(layout);
    throw error;
  }
}

/** Whether the sandbox is healthy, or becomes so without help. */
async function runsAlready(layout: Layout, revision: string, progress: Progress): Promise<boolean> {
  const run = currentRun(layout);
  if (run === undefined) return false;
  const status = readStatus(statusPath(layout));
  if (status?.revision !== revision || status.stopping) {
    progress("the sandbox runs with another configuration: restarting it");
    return false;
  }
  if (status.units.every(isUp)) return true;
  progress("parts of the sandbox are not ready: waiting for them");
  try {
    await follow(layout, run, progress);
    return true;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    progress("parts of the sandbox do not recover: restarting it");
    return false;
  }
}
