import { join } from "node:path";
import type { Layout } from "../layout";
import type { Toolchain } from "../toolchain/build";
import type { Ports } from "./ports";

/**
 * `isolated`: in namespaces of its own, with a real node. `plain`: ordinary processes of an ordinary user on 127.0.0.1,
 * all nodes simulated.
 */
export type Mode = "isolated" | "plain";

/** Input of the pure functions in `units/`. */
export interface UnitContext {
  readonly layout: Layout;
  readonly mode: Mode;
  readonly ports: Ports;
  readonly binary: Toolchain["binary"];
  /** Base images in the sandbox registry, by digest. */
  readonly images: { readonly pause: string; readonly busybox: string };
  /** False if this root lacks CAP_SYS_RESOURCE and so must not lower a process's OOM score. */
  readonly mayLowerOomScore: boolean;
  readonly snapshotter: "overlayfs" | "native";
}

/** Directories of a sandbox below its state directory. */
export function paths(layout: Layout) {
  const below = (folder: string) => (name: string) => join(layout.state, folder, name);
  return {
    /** Rendered configuration of the units. */
    etc: below("etc"),
    /** Certificates and keys. */
    pki: below("pki"),
    /** Kubeconfigs: `admin.yaml` is for people. */
    kubeconfig: (user: string) => join(layout.state, "kubeconfig", `${user}.yaml`),
    /** Data that is kept when the sandbox stops. */
    data: below("data"),
    /** Sockets and status. */
    run: below("run"),
    log: (unit: string) => join(layout.state, "log", `${unit}.log`),
  };
}

/** Socket of buildkitd, reachable from the host as well. */
export const buildkitSocket = (layout: Layout): string => paths(layout).run("buildkitd.sock");

/** The API server's address for controllers and kubelet. */
export const apiUrl = (ports: Ports): string => `https://127.0.0.1:${ports.apiserver}`;
