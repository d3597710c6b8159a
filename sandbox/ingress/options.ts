import { z } from "zod";

/** What the controller is started with, as a JSON file. */
export const Options = z.strictObject({
  /** The API server, and the certificate of the user `slipway:ingress`; all but `url` are paths of PEM files. */
  access: z.strictObject({ url: z.url(), ca: z.string(), cert: z.string(), key: z.string() }),
  /** Directory of haproxy.cfg and its maps. */
  config: z.string(),
  /** Path of the socket of HAProxy's master. */
  master: z.string(),
  /** Path of the file that says where node ports are found. */
  nodePorts: z.string(),
  /** Port of the Ingress on 127.0.0.1. */
  port: z.int(),
  /** Network namespace whose 127.0.0.1 is meant; that of HAProxy when absent. */
  namespace: z.string().optional(),
  /** Nodes whose pods have made-up addresses. */
  simulatedNodes: z.array(z.string()),
});
export type Options = z.infer<typeof Options>;
