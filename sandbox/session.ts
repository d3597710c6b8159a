import { delimiter, join } from "node:path";
import { buildxConfig } from "./builder";
import { binDir, engineParts, pulumiHome } from "./engine";
import type { Layout } from "./layout";
import { withoutProxy } from "../components/shared/system/proxy";
import { contractPath } from "./contract";

/** Directory of kubeconfigs by stack name, where `Pulumi.<stack>.yaml` with a relative `file` looks. */
export const kubeconfigs = (layout: Layout): string => join(layout.state, "kubeconfig");

/** Kubeconfig of the sandbox's administrator. */
export const adminKubeconfig = (layout: Layout): string => join(kubeconfigs(layout), "admin.yaml");

/**
 * Passphrase of the stacks that ship with Slipway. It is public, because these stacks hold no secret: before adding one, give the
 * stack a key of its own with `pulumi stack change-secrets-provider`.
 */
const publicPassphrase = "sandbox";

/**
 * A folder as a backend. Without `metadata=skip` each file has a second one beside it that is not written atomically: a run that
 * is killed at that moment leaves an unreadable state (`failed to load checkpoint: EOF`).
 */
export const folderBackend = (folder: string): string => `file://${folder}?metadata=skip`;

/** Environment in which plain `pulumi` and `kubectl` use this sandbox; `slipway env` prints it. */
export function sessionEnv(layout: Layout): Record<string, string> {
  const parts = engineParts(layout) ?? [];
  const official = parts.length > 0 && parts.every(({ source }) => source === "official");
  const kubernetes = parts.find(({ name }) => name === "kubernetes")?.version;
  return {
    PATH: [binDir(layout), process.env["PATH"] ?? ""].join(delimiter),
    KUBECONFIG: adminKubeconfig(layout),
    BUILDX_CONFIG: buildxConfig(layout),
    SLIPWAY_SANDBOX: contractPath(layout),
    SLIPWAY_KUBECONFIGS: kubeconfigs(layout),
    PULUMI_HOME: pulumiHome(layout),
    PULUMI_BACKEND_URL: folderBackend(join(layout.state, "pulumi-state")),
    ...passphrase(),
    ...withoutProxy(process.env),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // The engine would otherwise try, each time, to download what is built or stood in for here.
    ...(official ? {} : { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" }),
    // For the program, which would request its SDK's version.
    ...(kubernetes === undefined ? {} : { SLIPWAY_KUBERNETES_PLUGIN: kubernetes }),
  };
}

/** The public passphrase, unless the caller has set one: for a stack that has been given another. */
function passphrase(): Record<string, string> {
  const own = ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"];
  const given = own.some((name) => (process.env[name] ?? "") !== "");
  return given ? {} : { PULUMI_CONFIG_PASSPHRASE: publicPassphrase };
}
