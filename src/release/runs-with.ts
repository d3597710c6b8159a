import { slotObject } from "../../components/app/frame";
import { firstSlot } from "../../components/app/rollout";
import { Api, wayBy } from "../rollout/api";
import { collection } from "../rollout/collections";
import { findCluster, kubeconfigPath, ownEndpoint } from "../settings/cluster";
import type { ReleaseRecord } from "../settings/record";
import { isVersionSettings } from "../settings/version-settings";
import type { ReleasedProject } from "./project";
import type { Session } from "./session";

/** What is read of a Deployment. */
interface Live {
  metadata: { annotations?: Record<string, string> };
  spec: { template: { spec: { containers: { image: string }[] } } };
}

/**
 * A record with the settings that its version runs with by now, as its Deployment tells: updates since its release may have
 * changed them. Where nobody can tell, as it is; a record whose release is under way knows them.
 */
export async function withItsSettings(
  session: Session,
  { name, namespace, config }: ReleasedProject,
  record: ReleaseRecord,
): Promise<ReleaseRecord> {
  if (record.next !== undefined || record.removed === true) return record;
  try {
    const api = await apiOf(session, config.cluster);
    const deployments = collection("apis/apps/v1", "Deployment", namespace);
    const path = `${deployments}/${slotObject(name, record.slot ?? firstSlot)}`;
    const { metadata, spec } = JSON.parse((await api?.text(path)) ?? "") as Live;
    const settings = metadata.annotations?.["slipway/settings"];
    const isIts = spec.template.spec.containers.some(({ image }) => image.endsWith(record.digest));
    return isIts && settings !== undefined && isVersionSettings(settings)
      ? { ...record, settings }
      : record;
  } catch {
    return record;
  }
}

/** The way to a stack's cluster; undefined where there is none. */
async function apiOf(
  { engine, env, sandbox }: Session,
  cluster: ReleasedProject["config"]["cluster"],
): Promise<Api | undefined> {
  if (cluster.kind === "hosts") {
    const outputs = (await engine.json("stack", "output", "--show-secrets")) as {
      kubeconfig?: string;
    };
    const { kubeconfig } = outputs;
    return kubeconfig === undefined ? undefined : new Api({ endpoint: ownEndpoint(kubeconfig) });
  }
  const [path, context] =
    cluster.kind === "sandbox"
      ? [sandbox?.kubeconfig]
      : [kubeconfigPath(cluster.file, env), cluster.context];
  const found = path === undefined ? undefined : findCluster(path, context, env);
  return found !== undefined && "value" in found ? new Api(wayBy(found.value)) : undefined;
}
