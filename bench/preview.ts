import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dump, load } from "js-yaml";
import { join } from "node:path";
import { checkout, type Layout } from "../sandbox/layout";
import { adminKubeconfig } from "../sandbox/session";
import { bareProgram, declaredObjects } from "./bare";
import type { Benchmark } from "./benchmark";
import { Workspace } from "./workspace";

const goals = { 7: 1.1, 100: 1.1, 1000: 1.15 } as const;

/** `pulumi preview` of n projects, against a bare loop that declares the same objects. */
export function previewBenchmarks(layout: Layout): Benchmark[] {
  return Object.entries(goals).map(([n, goal]) => preview(layout, Number(n), goal));
}

function preview(layout: Layout, n: number, goal: number): Benchmark {
  const ours = new Workspace(layout);
  const theirs = new Workspace(layout);
  return {
    name: `preview of ${n} projects / bare loop of the same objects`,
    goal,
    runs: n === 1000 ? 2 : 5,
    prepare: async () => {
      writeProgram(ours, n);
      await ours.init();
      const objects = declaredObjects(await ours.pulumi("preview", "--json"));
      theirs.write("Pulumi.yaml", "name: bare\nruntime: nodejs\n");
      theirs.write("package.json", JSON.stringify({ name: "bare", main: "index.js" }));
      theirs.write("index.js", bareProgram);
      const kubeconfig = readFileSync(adminKubeconfig(layout), "utf8");
      theirs.write("objects.json", JSON.stringify({ kubeconfig, objects }));
      await theirs.init();
    },
    ours: async () => {
      await ours.pulumi("preview");
    },
    theirs: async () => {
      await theirs.pulumi("preview");
    },
  };
}

/** The shipped program with n generated projects; each has a record, so that no image is built. */
function writeProgram(workspace: Workspace, n: number): void {
  const parts = ["Pulumi.yaml", "Pulumi.test.yaml", "package.json", "tsconfig.json", "examples"];
  for (const part of [...parts, "bin", "src", "components", "sandbox"]) {
    cpSync(join(checkout, part), join(workspace.folder, part), { recursive: true });
  }
  const names = Array.from({ length: n }, (_, index) => `Bench.Project.N${index}`);
  mkdirSync(join(workspace.folder, "projects"));
  for (const [index, name] of names.entries()) {
    const text = `name: ${name}\nkind: back\nport: ${8000 + (index % 1000)}\n`;
    workspace.write(`projects/${name}.yaml`, text);
  }
  const stack = join(workspace.folder, "Pulumi.test.yaml");
  const file = load(readFileSync(stack, "utf8")) as { config: Record<string, unknown> };
  const digest = `sha256:${"0".repeat(64)}`;
  const releases = Object.fromEntries(names.map((name) => [name, { digest }]));
  file.config["slipway:releases"] = releases;
  file.config["slipway:quota"] = { cpu: `${n}`, memory: `${n}Gi`, pods: 10 * n };
  writeFileSync(stack, dump(file));
}
