import { createHash } from "node:crypto";
import type { Reporter } from "./controller";
import { ApiRefusal, type ApiClient } from "./kube";
import type { Model, Warning } from "./model";
import { keyOf, type Ingress } from "./objects";

/** Writes the address of each Ingress into its status, and what is not honoured into events on it. */
export class ApiServerReporter implements Reporter {
  readonly #client: ApiClient;
  readonly #log: (line: string) => void;
  /** Ids of the warnings that stand and were told. */
  #told = new Set<string>();

  readonly #address: string;

  /** `address` is where Ingresses are found. */
  constructor(client: ApiClient, log: (line: string) => void, address = "127.0.0.1") {
    this.#client = client;
    this.#log = log;
    this.#address = address;
  }

  async report({ ingresses, warnings }: Model): Promise<void> {
    for (const ingress of ingresses)
      if (!this.#hasAddress(ingress)) await this.#giveAddress(ingress);
    const standing = new Set(warnings.map(idOf));
    this.#told = new Set([...this.#told].filter((id) => standing.has(id)));
    for (const warning of warnings) {
      const id = idOf(warning);
      if (this.#told.has(id)) continue;
      this.#log(`warning: ${warning.kind} ${keyOf(warning.metadata)}: ${warning.message}`);
      await this.#send({
        method: "POST",
        path: `/api/v1/namespaces/${warning.metadata.namespace ?? ""}/events`,
        body: eventOf(warning, id),
      });
      this.#told.add(id);
    }
  }

  async #giveAddress({ metadata }: Ingress): Promise<void> {
    await this.#send({
      method: "PATCH",
      path: `/apis/networking.k8s.io/v1/namespaces/${metadata.namespace ?? ""}/ingresses/${metadata.name}/status`,
      body: { status: { loadBalancer: { ingress: [{ ip: this.#address }] } } },
    });
  }

  #hasAddress({ status }: Ingress): boolean {
    return status?.loadBalancer?.ingress?.some(({ ip }) => ip === this.#address) === true;
  }

  /** An object that went away meanwhile, or an event that is there already, is no failure. */
  async #send(wanted: { method: "POST" | "PATCH"; path: string; body: object }): Promise<void> {
    try {
      await this.#client.ask(wanted);
    } catch (error) {
      if (!(error instanceof ApiRefusal) || ![403, 404, 409].includes(error.status)) throw error;
    }
  }
}

const idOf = ({ kind, metadata, message }: Warning): string =>
  createHash("sha256")
    .update([kind, metadata.uid, keyOf(metadata), message].join("\0"))
    .digest("hex")
    .slice(0, 16);

function eventOf({ kind, metadata, message }: Warning, id: string): object {
  const now = new Date().toISOString();
  const { namespace, name, uid } = metadata;
  return {
    apiVersion: "v1",
    kind: "Event",
    // The same warning is the same event, however often the controller starts.
    metadata: { namespace, name: `${name.slice(0, 200)}.${id}` },
    involvedObject: {
      ...{ apiVersion: kind === "Ingress" ? "networking.k8s.io/v1" : "v1", kind },
      ...{ namespace, name, uid },
    },
    reason: "NotHonoured",
    message: message.slice(0, 1024),
    type: "Warning",
    source: { component: "slipway-ingress" },
    ...{ firstTimestamp: now, lastTimestamp: now, count: 1 },
  };
}
