import type { Progress } from "../progress";
import { fileLayer, ociImage, type OciImage } from "./oci";
import { debianLayer } from "./rootfs";

/** Debian's restic and ssh with a shell, for the Jobs that back up volumes. */
export async function backupImage(cache: string, progress: Progress): Promise<OciImage> {
  const layers = [
    await fileLayer(await debianLayer(cache, "restic", progress)),
    await fileLayer(await debianLayer(cache, "openssh-client", progress)),
  ];
  const path = "PATH=/usr/local/bin:/usr/bin:/bin";
  return ociImage({ layers, config: { Env: [path], Cmd: ["restic", "version"] } });
}
