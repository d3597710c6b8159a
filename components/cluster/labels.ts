import { textHash } from "../shared/machine/script";
import { script } from "../shared/shell";
import type { HostSpec, Taint } from "../shared/cluster-spec";
import { onControlPlane } from "../shared/machine/control-plane";

/** Mark of a node whose labels and taints were all removed again. */
export const noLabels = "none";

/** Mark for the labels and taints of a node's settings; undefined for none. */
export const labelsMark = ({ labels, taints }: HostSpec): string | undefined =>
  Object.keys(labels).length + taints.length === 0
    ? undefined
    : textHash(JSON.stringify([Object.entries(labels).sort(), taints.map(taintWord).sort()]));

/** On a control plane: sets a node's labels and taints, and removes those that Slipway set before. */
export function labelsBody(host: HostSpec): string {
  const { name, labels, taints } = host;
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const given = { labels: pairs.sort(), taints: taints.map(taintWord).sort() };
  const body = script("components/cluster/labels.sh", {
    NODE: name,
    LABELS: given.labels.join(" "),
    LABEL_KEYS: given.labels.map((word) => word.replace(/=.*/, "")).join(" "),
    TAINTS: given.taints.join(" "),
    TAINT_KEYS: given.taints.map((word) => word.replace(/=[^:]*/, "")).join(" "),
    MARK: labelsMark(host) ?? noLabels,
  });
  return `${onControlPlane()}\n${body}`;
}

/** A taint in kubectl's notation: `key=value:Effect`. */
const taintWord = ({ key, value, effect }: Taint): string =>
  `${key}${value === undefined ? "" : `=${value}`}:${effect}`;
