import { backup } from "../components/backup/module";
import { cluster } from "../components/cluster/module";
import { edge } from "../components/edge/module";
import { ingress } from "../components/ingress/module";
import { monitoring } from "../components/monitoring/module";
import { namespace } from "../components/namespace/module";
import { registry } from "../components/registry/module";
import { gates } from "./gates/module";
import { projects } from "./projects/module";

/** The parts of the platform, in the order of pages and outputs; the order of phases follows from `reads` and `needs`. */
export const modules = [
  cluster,
  namespace,
  registry,
  ingress,
  edge,
  monitoring,
  projects,
  gates,
  backup,
] as const;
