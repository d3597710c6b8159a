import { lstatSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Endpoint } from "../../components/cluster/kubeconfig";

/** How long the plugin may be up before the program, in milliseconds. */
const ahead = 60_000;
/** Copies older than this are unused, in milliseconds. */
const old = 24 * 3_600_000;

/**
 * Removes the copies of a cluster's kubeconfig that the Kubernetes plugin leaves in the temporary folder: it writes one at each
 * start, for Helm charts, which we do not use, and never removes it (`writeKubeconfigToFile`, 4.25.0). Removes those of this run
 * and old ones; a copy that another run may be using stays.
 * @param began when the program began, in milliseconds
 */
export function removeKubeconfigCopies(
  { key, token }: Endpoint,
  began: number,
  folder = tmpdir(),
): void {
  const secret = token ?? (key && Buffer.from(key).toString("base64"));
  if (secret === undefined) return;
  const uid = process.getuid?.();
  for (const name of readdirSync(folder).filter((name) => /^kubeconfig\d+$/.test(name))) {
    const path = join(folder, name);
    try {
      const status = lstatSync(path);
      const [written, now] = [status.mtimeMs, Date.now()];
      if (!status.isFile() || status.uid !== uid) continue;
      if (written < began - ahead && written > now - old) continue;
      if (readFileSync(path, "utf8").includes(secret)) rmSync(path);
    } catch {
      // Another run was faster.
    }
  }
}
