import { readFileSync } from "node:fs";
import type { Layout } from "../sandbox/layout";
import { adminKubeconfig } from "../sandbox/session";
import { bareProgram, type PreviewedObject } from "./bare";
import type { Benchmark } from "./benchmark";
import { Workspace } from "./workspace";

const count = 200;
const namespace = "bench-apply";

/**
 * `pulumi up` of 200 ConfigMaps through the plugin in use, against `kubectl apply --server-side` of the same manifests. The
 * engine writes its whole state twice per object, which alone takes longer than everything kubectl does.
 */
export function applyBenchmark(layout: Layout): Benchmark {
  const workspace = new Workspace(layout);
  const objects = Array.from({ length: count }, (_, index) => configMap(index));
  const manifests = objects.map(({ inputs }) => inputs);
  return {
    name: `pulumi up of ${count} objects / kubectl apply --server-side`,
    runs: 3,
    prepare: async () => {
      const kubeconfig = readFileSync(adminKubeconfig(layout), "utf8");
      workspace.write("Pulumi.yaml", "name: apply\nruntime: nodejs\n");
      workspace.write("package.json", JSON.stringify({ name: "apply", main: "index.js" }));
      workspace.write("index.js", bareProgram);
      workspace.write("objects.json", JSON.stringify({ kubeconfig, objects }));
      workspace.write(
        "list.json",
        JSON.stringify({ apiVersion: "v1", kind: "List", items: manifests }),
      );
      await workspace.init();
      await workspace.run("kubectl", "create", "namespace", namespace);
    },
    ours: async () => {
      await workspace.pulumi("up", "--yes", "--skip-preview");
    },
    theirs: async () => {
      await workspace.run("kubectl", "apply", "--server-side", "--filename", "list.json");
    },
    reset: async () => {
      await workspace.pulumi("destroy", "--yes", "--skip-preview");
      const all = ["delete", "configmaps", "--all", "--namespace", namespace];
      await workspace.run("kubectl", ...all);
    },
  };
}

function configMap(index: number): PreviewedObject {
  const name = `object-${index}`;
  return {
    type: "kubernetes:core/v1:ConfigMap",
    name,
    inputs: {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace },
      data: { index: `${index}` },
    },
  };
}
