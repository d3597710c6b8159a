import { isDeepStrictEqual } from "node:util";
import { bare, hasUnknown, type Properties } from "../rpc/values";
import { compare } from "../rpc/diff";
import { activeCluster, type ClusterEntry } from "./kubeconfig";
import { kubeconfigOf, readSettings } from "./settings";

/** What a change of a provider's arguments means for the objects made with it. */
export interface ProviderDiff {
  readonly changed: string[];
  /** Arguments whose change says that it is another cluster: then every object is replaced. */
  readonly replaces: string[];
}

const clusterArguments = ["kubeconfig", "context", "cluster"];

/**
 * Same rules as in the official plugin. A cluster has no identity of its own, so another address or CA in the kubeconfig is
 * taken for another cluster, unless `clusterIdentifier` says which one it is.
 */
export function diffProvider(olds: Properties, news: Properties): ProviderDiff {
  const changed = [...new Set(compare(olds, news).map(({ path }) => String(path[0])))];
  const [oldId, newId] = [olds, news].map((args) => bare(args["clusterIdentifier"] ?? null));
  if (newId !== null && newId !== undefined && isDeepStrictEqual(oldId, newId)) {
    return { changed, replaces: [] };
  }
  const replaces = oldId !== null && newId !== null && oldId !== newId ? ["clusterIdentifier"] : [];
  const open = clusterArguments.filter((name) => hasUnknown(news[name] ?? null));
  if (open.length > 0) return { changed, replaces: [...replaces, ...open] };
  const [before, after] = [olds, news].map(clusterOf);
  if (before === undefined || after === undefined || isDeepStrictEqual(before, after)) {
    return { changed, replaces };
  }
  return {
    changed,
    replaces: [...replaces, ...clusterArguments.filter((name) => changed.includes(name))],
  };
}

const clusterOf = (args: Properties): ClusterEntry | undefined =>
  activeCluster({ ...readSettings(args, {}), kubeconfig: kubeconfigOf(args["kubeconfig"]) });
