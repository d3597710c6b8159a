import { join } from "node:path";
import { accessOf } from "../api";
import { paths, type UnitContext } from "../context";
import { clusterObjects } from "../objects/objects";
import { script } from "../script";
import type { RenderedUnit } from "../unit";
import { apiserverUnit } from "./kube-apiserver";
import { checkout } from "../../../components/shared/system/checkout";

/** Name of the task that creates these objects and permissions; units that need them depend on it. */
export const objectsUnit = "objects";

/** Applies the objects that the sandbox itself needs. */
export function objects(context: UnitContext): RenderedUnit {
  const { layout, ports } = context;
  const file = paths(layout).etc("objects.json");
  const program = join(checkout, "sandbox", "cluster", "objects", "apply.ts");
  return {
    name: objectsUnit,
    task: true,
    after: [apiserverUnit],
    command: [...script(program), JSON.stringify(accessOf(layout, ports, "super-admin")), file],
    files: [{ path: file, text: JSON.stringify(clusterObjects(context), undefined, 1) }],
  };
}
