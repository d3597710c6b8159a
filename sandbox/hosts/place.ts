import { createHash } from "node:crypto";
import { join } from "node:path";
import { UserError } from "../../components/shared/problem";
import type { Layout } from "../layout";

/** Where a lab keeps its files, and its names on the host. */
export interface LabPlace {
  readonly name: string;
  /** Removed as a whole when the lab ends. */
  readonly folder: string;
  /** Network device on this machine that leads into the lab, at most 15 characters. */
  readonly device: string;
  /** Parent of its control groups, as in /sys/fs/cgroup/<hierarchy>/<group>. */
  readonly cgroup: string;
}

/** Parent of all labs of a sandbox: it contains running labs and killed ones. */
export const labsFolder = ({ state }: Layout): string => join(state, "labs");

/** @throws UserError if the name is not valid for a lab. */
export function labPlace(layout: Layout, name: string): LabPlace {
  refuseName("lab", name);
  const hash = createHash("sha256").update(`${layout.id}\0${name}`).digest("hex").slice(0, 8);
  return {
    name,
    folder: join(labsFolder(layout), name),
    device: `lab-${hash}`,
    cgroup: `/slipway-lab-${hash}`,
  };
}

/** The private key that opens every host of a lab. */
export const keyFile = ({ folder }: LabPlace): string => join(folder, "id_ed25519");

/** Refuses anything but an RFC 1123 label of at most 40 characters: hosts' names are also names of nodes, folders, devices. */
export function refuseName(what: string, name: string): void {
  if (/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name)) return;
  throw new UserError(
    `a ${what} cannot be called ${JSON.stringify(name)}: small letters, digits and - only, a letter first, at most 40`,
    2,
  );
}
