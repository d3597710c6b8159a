import { createHash } from "node:crypto";
import { join } from "node:path";
import { cacheHome, stateHome } from "../components/shared/system/xdg";
import { checkout } from "../components/shared/system/checkout";

/** Where a sandbox keeps its files. Nothing outside `cache` and `state` is ever written. */
export interface Layout {
  /** Sandbox name: `default`, or that of a test run. */
  readonly name: string;
  /** Eight hex digits from checkout and name: two checkouts never share a sandbox. */
  readonly id: string;
  /** Shared by all sandboxes, safe to delete: tools, Go caches, unpacked Debian packages. */
  readonly cache: string;
  /** This sandbox's own: certificates, data, logs, sockets, Pulumi state. */
  readonly state: string;
}

/** Resolves the layout from the environment (XDG base directories, `SLIPWAY_SANDBOX_NAME`). */
export function layout(env: NodeJS.ProcessEnv = process.env): Layout {
  const name = env["SLIPWAY_SANDBOX_NAME"] ?? "default";
  const id = createHash("sha256").update(`${checkout}\0${name}`).digest("hex").slice(0, 8);
  const cache = join(cacheHome(env), "slipway");
  return { name, id, cache, state: join(stateHome(env), "slipway", id) };
}
