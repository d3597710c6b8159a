/** What a new version must show before any traffic reaches it. Asked in the cluster, by a Job. */
export type ReleaseCheck =
  /** A GET that must be answered as said. Asked again every second until it is, or `timeout` is over. */
  | {
      kind: "http";
      /** Path with a query, if any: `/healthz`. */
      path: string;
      /** Status of the answer. */
      status: number;
      /** Text that the answer's body must contain. */
      body?: string;
      /** What of the release the answer's body must contain as well, so that no other version can pass for it. */
      version?: "tag" | "commit";
      /** Seconds. */
      timeout: number;
    }
  /** A container that must end with 0. Its environment says where to ask: `TARGET`, `TAG`, `COMMIT`, `DIGEST`. */
  | {
      kind: "job";
      /** Image by digest; the stack's `check.image` when left out. */
      image?: string;
      command: readonly string[];
      /** Seconds. */
      timeout: number;
    };
