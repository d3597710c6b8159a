import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { readFileSync, statfsSync } from "node:fs";
import { UserError } from "../../../components/shared/problem";
import type { Layout } from "../../layout";
import { network, nodes } from "../network";
import { checkout } from "../../../components/shared/system/checkout";

/** Directories that `boot.sh` covers with empty ones of the sandbox's own. */
const covered = ["/run", "/var/run", "/var/lib", "/var/log", "/proc", "/sys", "/dev"];

/** Why this process may not run a real node; undefined if it may. */
export function isolationProblem(): string | undefined {
  if (process.platform !== "linux") return `this is ${process.platform}, not Linux`;
  if (process.getuid?.() !== 0) return "not root";
  try {
    execFileSync("unshare", [...namespaces, "--net", "true"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "this root may not make namespaces (a container without CAP_SYS_ADMIN?)";
  }
}

/** The new namespaces of a sandbox; `boot.sh` adds the network's later. */
const namespaces = ["--mount", "--pid", "--ipc", "--uts", "--fork", "--mount-proc", "--kill-child"];

/** Prepares the namespaces from inside. */
export const bootScript = join(__dirname, "boot.sh");

/** Command line that runs another one in new namespaces, under an init process whose end also ends it. */
export function isolated(command: readonly string[]): string[] {
  return ["unshare", ...namespaces, "sh", bootScript, "mounts", ...command];
}

/** Environment for `boot.sh`. */
export function isolationEnvironment(cgroups: readonly string[]): Record<string, string> {
  return {
    CGROUPS: cgroups.join(" "),
    NODE_NAME: nodes.real,
    NODE_ADDRESS: network.node,
    DNS_ADDRESS: network.dns,
    SERVICES: network.services,
  };
}

/** Refuses paths that the sandbox would not see from inside. */
export function refuseHiddenPaths(layout: Layout): void {
  const needed = { state: layout.state, cache: layout.cache, checkout, node: process.execPath };
  const hidden = Object.entries(needed).filter(([, path]) =>
    covered.some((folder) => path.startsWith(`${folder}/`)),
  );
  if (hidden.length === 0) return;
  throw new UserError(
    [
      "the sandbox has directories of its own in these places, and would not see:",
      ...hidden.map(([what, path]) => `  ${path} (${what})`),
      "move it: XDG_STATE_HOME sets where the state lies, XDG_CACHE_HOME the cache",
    ].join("\n"),
  );
}

/** Refuses a state directory whose path the daemons or the kernel do not accept. */
export function refuseUnusablePath({ state }: Layout): void {
  // sun_path of unix(7), less the longest name of a socket below it, the kubelet's.
  const longest = 103 - "/data/kubelet/pod-resources/kubelet.sock".length;
  const bytes = Buffer.byteLength(state);
  const problems = [
    bytes > longest ? `it is ${bytes} bytes long; ${longest} leave room for the sockets in it` : "",
    /^[\w./@+-]+$/.test(state) ? "" : "it may hold letters, digits and any of . _ / @ + - only",
  ].filter((problem) => problem !== "");
  if (problems.length === 0) return;
  throw new UserError(
    [
      "the sandbox cannot keep its state in",
      `  ${state}`,
      ...problems.map((problem) => `  ${problem}`),
      "XDG_STATE_HOME sets where it lies",
    ].join("\n"),
  );
}

/** Whether this process has CAP_SYS_RESOURCE: some virtual machines take it from root. */
export function mayLowerOomScore(status = readFileSync("/proc/self/status", "utf8")): boolean {
  const effective = /^CapEff:\s+([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  const sysResource = 24n;
  return ((BigInt(`0x${effective}`) >> sysResource) & 1n) === 1n;
}

/** Overlayfs layers cannot be on an overlayfs, which is what a container usually runs on. */
export function snapshotterFor(folder: string): "overlayfs" | "native" {
  const overlayfsMagic = 0x794c7630;
  return statfsSync(folder).type === overlayfsMagic ? "native" : "overlayfs";
}
