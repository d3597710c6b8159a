import { join } from "node:path";
import { accessOf } from "../api";
import type { UnitContext } from "../context";
import { script } from "../script";
import type { RenderedUnit } from "../unit";
import { objectsUnit } from "./objects";
import { checkout } from "../../../components/shared/system/checkout";

/** Opens each NodePort under its own number on the host's loopback. */
export function nodePorts({ layout, ports }: UnitContext): RenderedUnit {
  const program = join(checkout, "sandbox", "cluster", "nodeports", "main.ts");
  return {
    name: "nodeports",
    after: [objectsUnit],
    command: [...script(program), JSON.stringify(accessOf(layout, ports, "nodeports"))],
  };
}
