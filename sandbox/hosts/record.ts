import { existsSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { ProcessId } from "../../components/shared/system/process";
import type { LabPlace } from "./place";

/** Record of a started lab: enough for another process to use it, or to end it. */
const LabRecord = z.strictObject({
  /** The one process on this machine that contains the lab. */
  world: ProcessId,
  /** Third number of its network. */
  network: z.int(),
  /** Directory with the binaries that hosts are upgraded to. */
  newest: z.string(),
  hosts: z.array(
    z.strictObject({
      name: z.string(),
      /** As in a known_hosts file, `ssh-ed25519 AAAA…`. */
      hostKey: z.string(),
      /** Lower directories of its overlay, the uppermost first. */
      layers: z.array(z.string()),
      diskGiB: z.number(),
    }),
  ),
});
export type LabRecord = z.infer<typeof LabRecord>;

const recordPath = ({ folder }: LabPlace): string => join(folder, "lab.json");

/** Writes a lab's record atomically. */
export async function writeRecord(place: LabPlace, record: LabRecord): Promise<void> {
  const path = recordPath(place);
  await writeFile(`${path}.new`, JSON.stringify(record, undefined, 1), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** The record of a lab, whether it runs or was killed. */
export async function readRecord(place: LabPlace): Promise<LabRecord | undefined> {
  if (!existsSync(recordPath(place))) return undefined;
  return LabRecord.parse(JSON.parse(await readFile(recordPath(place), "utf8")));
}
