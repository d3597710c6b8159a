import { existsSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { hierarchies, removeTree, thawTree } from "../cluster/isolation/cgroups";
import type { Layout } from "../layout";
import type { Progress } from "../progress";
import { labPlace, labsFolder, type LabPlace } from "./place";
import { readRecord } from "./record";
import { endWorld } from "./world";

/** Ends a lab, if it runs, and removes everything it has left: control groups and files. */
export async function removeLab(here: Layout, name: string): Promise<void> {
  const place = labPlace(here, name);
  const record = await readRecord(place);
  if (record !== undefined) await endWorld(record.world);
  await removeGroups(place);
  await rm(place.folder, { recursive: true, force: true });
}

/** Ends every lab of a sandbox's layout, also those whose creators were killed. */
export async function removeLabs(here: Layout, progress: Progress): Promise<void> {
  const folder = labsFolder(here);
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    progress(`removing the hosts of the lab ${name}`);
    await removeLab(here, name);
  }
  await rm(folder, { recursive: true });
}

/** Groups are empty, and can be removed, once the last process is gone. */
async function removeGroups({ cgroup }: LabPlace): Promise<void> {
  const all = hierarchies();
  for (const { path } of all) thawTree(join(path, cgroup));
  for (const { path } of all) {
    for (let attempt = 0; !removed(join(path, cgroup), attempt); attempt += 1) await delay(100);
  }
}

function removed(group: string, attempt: number): boolean {
  try {
    removeTree(group);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EBUSY" || attempt === 100) throw error;
    return false;
  }
}
