import { UserError } from "../../components/shared/problem";
import { Api, wayBy } from "../kubernetes/api";
import { collection } from "../kubernetes/collections";
import { findCluster, kubeconfigPath, ownEndpoint } from "../../components/cluster/kubeconfig";
import type { ReleaseRecord } from "../records/record";
import { isVersionSettings } from "../records/version-settings";
import { removalsIn, liveVersions, staleProblem, type Deployed } from "./stale";
import type { ReleasedProject } from "../rollout/project";
import { refused } from "../stack/refusal";
import type { Session } from "../engine/session";

/**
 * A project's record with its version's current settings, from its Deployment: updates since the release may have changed them.
 * Throws if the cluster has a later release than the record: this checkout is outdated. If the cluster cannot be read, the record
 * as it is.
 */
export async function asItStands(
  session: Session,
  { project, name, namespace, config }: ReleasedProject,
  record: ReleaseRecord | undefined,
): Promise<ReleaseRecord | undefined> {
  const [deployed, removals] = await seenOf(session, { name, namespace, config });
  const [live] = liveVersions([...deployed, ...removals]);
  const left = record === undefined && live?.version === undefined;
  const stale =
    live === undefined || left ? undefined : staleProblem(session.stack, project, record, live);
  if (stale !== undefined) throw refused("Nothing was changed", [stale]);
  // A record with a release under way already says what serves.
  if (record === undefined || record.next !== undefined) return record;
  const settings = deployed.find(({ spec }) =>
    spec?.template.spec?.containers.some(({ image }) => image?.endsWith(record.digest)),
  )?.metadata.annotations?.["slipway/settings"];
  return settings !== undefined && isVersionSettings(settings) ? { ...record, settings } : record;
}

/** Throws if the cluster does not run the version of an update that has just succeeded. */
export async function mustRun(
  session: Session,
  known: Pick<ReleasedProject, "project" | "name" | "namespace" | "config">,
  { digest, removed, next }: ReleaseRecord,
): Promise<void> {
  const [deployed] = await seenOf(session, known);
  if (deployed.length === 0 || removed === true || next !== undefined) return;
  const runs = deployed.flatMap(({ spec }) => spec?.template.spec?.containers ?? []);
  if (runs.some(({ image }) => image?.endsWith(digest))) return;
  throw new UserError(
    `${known.project}: the update succeeded, but the cluster does not run ${digest}: somebody has changed Pulumi.${session.stack}.yaml or the Deployment meanwhile; \`slipway status --stack ${session.stack}\` shows which, the same command continues`,
  );
}

/** A project's Deployments, and its note if it was removed; nothing if the cluster cannot be read. */
async function seenOf(
  session: Session,
  { name, namespace, config }: Pick<ReleasedProject, "name" | "namespace" | "config">,
): Promise<[deployed: Deployed[], removals: Deployed[]]> {
  try {
    const api = await apiOf(session, config.cluster);
    if (api === undefined) return [[], []];
    const query = { labelSelector: `app=${name}` };
    return await Promise.all([
      api.list<Deployed>(collection("apis/apps/v1", "Deployment", namespace), query),
      removalsIn(api, namespace, name),
    ]);
  } catch {
    return [[], []];
  }
}

/** The connection to a stack's cluster; undefined if there is none. */
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
