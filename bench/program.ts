import { dump, load } from "js-yaml";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Workspace } from "./workspace";
import { checkout } from "../components/shared/system/checkout";

/** The shipped program with generated projects instead of the examples. */
export interface ProgramArgs {
  /** Names of the projects. */
  names: readonly string[];
  /** Settings in every project's file besides its name, kind and port. */
  settings?: string;
  /** Changed keys of the stack's file, without `slipway:`. */
  stack?: Readonly<Record<string, unknown>>;
  /** The version in every project's record, so that no image is built. */
  digest: string;
}

/** The first n project names. */
export const projectNames = (n: number): string[] =>
  Array.from({ length: n }, (_, index) => `Bench.Project.N${index}`);

/** The port that every project listens on, in its own pods. */
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
    // All benchmark stacks share one cluster with one controller, which no benchmark measures.
    ingress: { controller: "external", namespace: "edge", domain: "bench.localhost" },
    quota: { cpu: `${2 * n}`, memory: `${2 * n}Gi`, pods: 10 * n },
    ...stack,
  };
  for (const [key, value] of Object.entries(changed)) file.config[`slipway:${key}`] = value;
  writeFileSync(path, dump(file));
}
