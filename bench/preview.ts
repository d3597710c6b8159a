import { readFileSync } from "node:fs";
import type { Layout } from "../sandbox/layout";
import { adminKubeconfig } from "../sandbox/session";
import { bareProgram, declaredObjects } from "./bare";
import type { Benchmark } from "./benchmark";
import { projectNames, writeProgram } from "./program";
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
      writeProgram(ours, { names: projectNames(n), digest: `sha256:${"0".repeat(64)}` });
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
