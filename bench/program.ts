import { dump, load } from "js-yaml";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Workspace } from "./workspace";
import { checkout } from "../components/shared/system/checkout";

/** The shipped program with generated projects instead of the examples. */
export interface ProgramArgs {
  /** Names of the projects. */
  names: readonly string[];
  /** What every project's file says beside its name, its kind and its port. */
  settings?: string;
  /** Keys of the stack's file that are other than shipped, without `slipway:`. */
  stack?: Readonly<Record<string, unknown>>;
  /** The version that every project's record names, so that no image is built. */
  digest: string;
}

/** So many names of projects. */
export const projectNames = (n: number): string[] =>
  Array.from({ length: n }, (_, index) => `Bench.Project.N${index}`);

/** The port that every project listens on, in pods of its own. */
export const port = 8080;

/** Writes the program into a workspace. */
export function writeProgram(workspace: Workspace, args: ProgramArgs): void {
  const { names, settings = "", stack = {}, digest } = args;
  const parts = ["Pulumi.yaml", "Pulumi.test.yaml", "package.json", "tsconfig.json", "examples"];
  for (const part of [...parts, "bin", "src", "components", "sandbox", "bench"]) {
    cpSync(join(checkout, part), join(workspace.folder, part), { recursive: true });
  }
  mkdirSync(join(workspace.folder, "projects"), { recursive: true });
  for (const name of names) {
    const text = `name: ${name}\nkind: back\nport: ${port}\n${settings}`;
    workspace.write(`projects/${name}.yaml`, text);
  }
  const path = join(workspace.folder, "Pulumi.test.yaml");
  const file = load(readFileSync(path, "utf8")) as { config: Record<string, unknown> };
  const n = names.length;
  const changed = {
    releases: Object.fromEntries(names.map((name) => [name, { digest }])),
    // Every stack of the benchmarks is on one cluster, which has one controller, and none of them measures that.
    ingress: { controller: "external", namespace: "edge", domain: "bench.localhost" },
    quota: { cpu: `${2 * n}`, memory: `${2 * n}Gi`, pods: 10 * n },
    ...stack,
  };
  for (const [key, value] of Object.entries(changed)) file.config[`slipway:${key}`] = value;
  writeFileSync(path, dump(file));
}
