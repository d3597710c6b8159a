import { readFileSync } from "node:fs";
import { z } from "zod";

/** An image pinned by digest. */
const digestRef = z.string().regex(/^[^@\s]+@sha256:[0-9a-f]{64}$/);

/** The contract of a running sandbox for the program and the command line: `<state>/sandbox.json`, mode 0600. */
export const SandboxContract = z.strictObject({
  /** Kubeconfig with embedded CA and client certificate. */
  kubeconfig: z.string(),
  /** `127.0.0.1:PORT` of the registry, plain http. */
  registry: z.string(),
  /** buildx builder; absent where all nodes are simulated. */
  builder: z.strictObject({ name: z.string(), config: z.string() }).optional(),
  /** Loopback port that leads to port 80 of the real node, where the ingress controller is; absent where all are simulated. */
  ingressPort: z.int().optional(),
  /** Base images in place of public ones; absent where all nodes are simulated. */
  templates: z
    .strictObject({ nginx: digestRef, node: digestRef, busybox: digestRef, traefik: digestRef })
    .optional(),
  /** One sentence for each simulated part. */
  simulated: z.array(z.string()),
});
export type SandboxContract = z.infer<typeof SandboxContract>;

/** Reads and checks a contract file; throws when there is none. */
export function readContract(path: string): SandboxContract {
  return SandboxContract.parse(JSON.parse(readFileSync(path, "utf8")));
}
