import { load } from "js-yaml";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SandboxContract } from "../../components/cluster/sandbox";
import type { Sources } from "../../src/stack/sources";
import { checkout } from "../../components/shared/system/checkout";

/** The stacks that ship. */
export const stacks = ["test", "uat", "prod"] as const;

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

/** The contract of a sandbox with real pods. */
export const realSandbox: Omit<SandboxContract, "kubeconfig"> = {
  registry: "127.0.0.1:5000",
  builder: { name: "slipway", config: "/nowhere" },
  ingressPort: 8080,
  templates: {
    nginx: `127.0.0.1:5000/template/nginx@${digest("a")}`,
    node: `127.0.0.1:5000/template/node@${digest("b")}`,
    busybox: `127.0.0.1:5000/template/busybox@${digest("c")}`,
    traefik: `127.0.0.1:5000/template/traefik@${digest("d")}`,
  },
  simulated: ["NetworkPolicies are not enforced"],
};

/** The contract of one whose nodes are all simulated. */
export const simulatedSandbox: Omit<SandboxContract, "kubeconfig"> = {
  registry: "127.0.0.1:5000",
  simulated: ["every node"],
};

/** Kubeconfig of a cluster that does not exist. */
export const kubeconfig = `
apiVersion: v1
kind: Config
current-context: here
contexts:
  - { name: here, context: { cluster: here, user: me } }
clusters:
  - { name: here, cluster: { server: "https://127.0.0.1:1", certificate-authority-data: Zm9v } }
users:
  - { name: me, user: { token: t } }
`;

/** Keys of a stack with our ingress controller, as one with a cluster of its own may have. */
export const withOwnController = {
  "slipway:ingress": { controller: "managed", domain: "uat.sjzy.example" },
};

/** A directory with the stacks' external files: a kubeconfig for each, and a sandbox. */
export function scratchMachine(sandbox = realSandbox): {
  env: NodeJS.ProcessEnv;
  remove: () => void;
} {
  const directory = mkdtempSync(join(tmpdir(), "slipway-"));
  const path = (name: string) => join(directory, name);
  for (const name of ["admin.yaml", "uat.yaml", "prod.yaml"]) writeFileSync(path(name), kubeconfig);
  const contract = { ...sandbox, kubeconfig: path("admin.yaml") };
  writeFileSync(path("sandbox.json"), JSON.stringify(contract));
  return {
    env: { SLIPWAY_SANDBOX: path("sandbox.json"), SLIPWAY_KUBECONFIGS: directory },
    remove: () => {
      rmSync(directory, { recursive: true });
    },
  };
}

/** Config of a stack as the engine hands it to a program: mappings and lists as JSON, the rest as text. */
export function engineValues(config: Readonly<Record<string, unknown>>): Record<string, string> {
  const entries = Object.entries(config).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

/** Sources of a stack of this checkout, from its real file; these keys replace the file's. */
export function stackSources(
  stack: string,
  env: NodeJS.ProcessEnv,
  keys: Readonly<Record<string, unknown>> = {},
): Sources {
  const file = load(readFileSync(join(checkout, `Pulumi.${stack}.yaml`), "utf8"));
  const { config } = file as { config: Record<string, unknown> };
  const values = engineValues({ ...config, ...keys });
  const moment = { now: new Date(), preview: false };
  return { ...moment, checkout, stack, env, engine: { values, isSecret: () => false } };
}
