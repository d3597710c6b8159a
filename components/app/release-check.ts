import type { Query } from "./query";

/** Check that a new version must pass before any traffic reaches it; a Job in the cluster runs it. */
export type ReleaseCheck =
  /** A GET with the expected response, and Prometheus queries. */
  | (CheckTiming & {
      kind: "http";
      /** Path with a query, if any: `/healthz`. */
      path: string;
      /** Expected status. */
      status: number;
      /** Text that the body must contain. */
      body?: string;
      /** Which value of the release the body must contain too, so that no other version can pass for it. */
      version?: "tag" | "commit";
      query?: readonly Query[];
    })
  /** Prometheus queries alone. */
  | (CheckTiming & { kind: "query"; query: readonly Query[] })
  /** A container that must exit with 0. Its environment says where to ask: `TARGET`, `DIGEST`, `TAG`, `COMMIT`. */
  | {
      kind: "job";
      /** Image by digest; the stack's `check.image` when left out. */
      image?: string;
      command: readonly string[];
      /** Seconds. */
      timeout: number;
    };

/** Common fields of checks that ask. They are retried every second until all pass, or `timeout` is over. */
export interface CheckTiming {
  /** Seconds for which all must pass without a break. @default 0 */
  for?: number;
  /** Seconds. */
  timeout: number;
}
