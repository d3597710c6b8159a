import { quote, textHash } from "../shared/machine/script";
import { kubectl } from "./control-plane";
import type { HostSpec, Taint } from "./spec";

/** Annotations by which a node remembers what was put on it, so that what is no longer wanted goes. */
const remembered = { label: "slipway/labels", taint: "slipway/taints" };

/** What a node remembers of labels and taints when it has none from here any more. */
export const noLabels = "none";

/** A short name for the labels and taints that a node is to have from here; undefined for none. */
export const labelsMark = ({ labels, taints }: HostSpec): string | undefined =>
  Object.keys(labels).length + taints.length === 0
    ? undefined
    : textHash(JSON.stringify([Object.entries(labels).sort(), taints.map(taintWord).sort()]));

/** On a control plane: gives a node its labels and taints, and takes away those that it had from here before. */
export function labelsBody(host: HostSpec): string {
  const { name, labels, taints } = host;
  const node = quote(name);
  const wanted = {
    label: Object.entries(labels).map(([key, value]) => `${key}=${value}`),
    taint: taints.map(taintWord),
  };
  const words = (kind: "label" | "taint"): string => wanted[kind].sort().map(quote).join(" ");
  const keys = (kind: "label" | "taint"): string =>
    wanted[kind]
      .map((word) => (kind === "label" ? word.replace(/=.*/, "") : word.replace(/=[^:]*/, "")))
      .join(" ");
  const each = (
    kind: "label" | "taint",
  ): string => `old=$(k get node ${node} -o jsonpath='{.metadata.annotations.${remembered[kind]}}')
for key in $old; do
  case ' ${keys(kind)} ' in *" $key "*) ;; *) k ${kind} node ${node} "$key-" > /dev/null 2>&1 || true ;; esac
done
${wanted[kind].length === 0 ? "" : `k ${kind} node ${node} --overwrite ${words(kind)}\n`}k annotate node ${node} --overwrite ${remembered[kind]}=${quote(keys(kind))}`;
  return `${kubectl}
${each("label")}
${each("taint")}
k annotate node ${node} --overwrite slipway/labelled=${labelsMark(host) ?? noLabels}`;
}

/** `key=value:Effect`, as kubectl has it. */
const taintWord = ({ key, value, effect }: Taint): string =>
  `${key}${value === undefined ? "" : `=${value}`}:${effect}`;
