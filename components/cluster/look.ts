import { kubeconfigBody } from "./membership";
import { UserError } from "../shared/problem";
import { run } from "../shared/ssh";
import type { ClusterSpec } from "../shared/cluster-spec";
import type { ClusterPlan } from "./plan";
import { normal, loginTo } from "../shared/machine/look";

/**
 * The kubeconfig of an administrator of an existing cluster, not stored anywhere; undefined where there is no cluster yet. Throws
 * a `UserError` where it cannot be read.
 */
export async function kubeconfigOf(
  spec: ClusterSpec,
  { primaryControlPlane, stands }: Pick<ClusterPlan, "primaryControlPlane" | "stands">,
  keys: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  if (primaryControlPlane === undefined || !stands) return undefined;
  const login = loginTo(primaryControlPlane, keys[primaryControlPlane.ssh.key] ?? "", normal);
  const { code, stdout, stderr } = await run(login, `sudo -n ${kubeconfigBody(spec)}`);
  if (code === 0) return stdout;
  throw new UserError(`${primaryControlPlane.name} does not show its kubeconfig: ${stderr.trim()}`);
}
