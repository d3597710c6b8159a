import { PluginError } from "../rpc/errors";
import { Waiter } from "./await/wait";
import { Client } from "./client";
import { connect } from "./connection";
import { Discovery } from "./discovery";
import { type Context, resolveContext } from "./kubeconfig";
import type { Settings } from "./settings";
import { Store } from "./store";

/** How long the first answer of an API server may take. */
const patienceMs = 10_000;

/** One cluster with all that operations share: connections, known kinds and watches. */
export class Cluster {
  private constructor(
    public readonly store: Store,
    public readonly waiter: Waiter,
    /** Namespace of objects that name none. */
    public readonly namespace: string,
  ) {}

  /** Connects and asks once whether the API server is there. Throws one sentence that says what is wrong. */
  public static async connect(settings: Settings, cancelled: AbortSignal): Promise<Cluster> {
    const context = resolve(settings);
    const client = new Client(connect(context), cancelled);
    await client.probe(patienceMs);
    const store = new Store(client, new Discovery(client), cancelled);
    const namespace = settings.namespace ?? context.namespace ?? "default";
    return new Cluster(store, new Waiter(client, store, cancelled), namespace);
  }
}

function resolve(settings: Settings): Context {
  try {
    return resolveContext(settings);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PluginError(`no Kubernetes cluster to talk to: ${reason}`);
  }
}
