import { lstatSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Endpoint } from "../../components/cluster/kubeconfig";

/** How long the plugin may be up before the program is, in milliseconds. */
const ahead = 60_000;
/** From this age on a copy is nobody's any more, in milliseconds. */
const old = 24 * 3_600_000;

/**
 * Removes the copies of a cluster's kubeconfig that the Kubernetes plugin leaves in the temporary folder: it writes one at each
 * start, for charts, which we have none of, and never removes it (`writeKubeconfigToFile`, 4.25.0). Those of this run are
 * removed, and old ones; one that another program's run may be using meanwhile stays.
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
      // Another run has been faster.
    }
  }
}
