import type { Engine } from "../../rpc/engine";
import { PluginError, UnreadyError } from "../../rpc/errors";
import { bare, hasUnknown, type Properties, reveal } from "../../rpc/values";
import { job } from "../await/job";
import type { Failure, JudgedChange } from "../../rpc/responses";
import { type Comparison, deletesFirst, judgeChanges } from "../changes";
import { failures, type Naming, normalize, withName, withNamespace } from "../check";
import { Cluster } from "../cluster";
import { isAnnotated, isDefinition, type KubeObject, parseToken } from "../objects";
import { redact } from "../../rpc/secret-texts";
import type { Settings } from "../settings";
import { lastSeen } from "../state";
import { refusal } from "../unsupported";
import { create } from "./create";
import { remove } from "./delete";
import { type Known, read } from "./read";
import type { Operation, Result, Subject, Tools } from "./tools";
import { rehearse, type Update, update } from "./update";

/** Inputs to check. */
export interface Checking {
  readonly olds: Properties;
  readonly news: Properties;
  readonly naming: Naming;
}

/**
 * What a configured provider does for the engine: the operations on resources, and what to do with each of them when the
 * cluster cannot be reached. Secrets are blotted out of every message.
 */
export class Operations {
  private readonly connecting: Promise<Cluster>;
  /** Resources that exist: creating one of them anew is part of replacing it. */
  private readonly existing = new Set<string>();

  constructor(
    private readonly settings: Settings,
    private readonly engine: Engine,
    cancelled: AbortSignal,
  ) {
    this.connecting = Cluster.connect(settings, cancelled);
    // Told by each operation that needs the cluster; until then nobody is there to listen.
    this.connecting.catch(() => undefined);
  }

  /** Completes inputs: name, namespace and one spelling; says what cannot be honoured. */
  public async check(
    { urn, token }: Subject,
    { olds, news, naming }: Checking,
  ): Promise<{ inputs: Properties; failures: Failure[] }> {
    const refused = refusal(token, bare(news["kind"] ?? null));
    if (refused !== undefined) throw new PluginError(refused);
    const cluster = await this.reached(urn, Object.keys(olds).length > 0);
    if (cluster === undefined) return { inputs: olds, failures: [] };
    const named = withName(normalize({ ...parseToken(token), ...news }), olds, naming);
    const { apiVersion, kind } = typeOf(named, token);
    const { discovery } = cluster.store;
    const namespaced = await discovery.isNamespaced(apiVersion, kind);
    const inputs = namespaced ? withNamespace(named, cluster.namespace) : named;
    if (isDefinition({ apiVersion, kind }) && !hasUnknown(inputs)) {
      discovery.declare(reveal(inputs) as object);
    }
    return { inputs, failures: failures(inputs) };
  }

  /** The changes an update would make, and how the object would be replaced if it has to be. */
  public async diff(
    subject: Subject,
    id: string,
    compared: Omit<Comparison, "namespaced">,
  ): Promise<{ changes: JudgedChange[]; deletesFirst: boolean }> {
    this.existing.add(subject.urn);
    const cluster = await this.reached(subject.urn, true);
    if (cluster === undefined) return { changes: [], deletesFirst: false };
    const { apiVersion, kind } = typeOf(compared.news, subject.token);
    const namespaced = await cluster.store.discovery.isNamespaced(apiVersion, kind);
    const { state, news, ignored } = compared;
    const changes = await judgeChanges({ ...compared, namespaced }, this.settings, () =>
      rehearse(this.tools(cluster), subject, { id, state, inputs: news, ignored }),
    );
    const stale = await staleJob(cluster, news, state);
    if (stale !== undefined) changes.push(stale);
    return { changes, deletesFirst: deletesFirst(compared, changes) };
  }

  /** Creates the object of a resource. */
  public async create(subject: Subject, inputs: Properties, operation: Operation): Promise<Result> {
    const tools = this.tools(await this.connecting);
    const replaces = this.existing.has(subject.urn);
    return await discreetly(inputs, create(tools, subject, inputs, { ...operation, replaces }));
  }

  /** Updates the object of a resource. */
  public async update(subject: Subject, wanted: Update): Promise<Result> {
    const cluster = await this.reached(subject.urn, true);
    if (cluster === undefined) return { id: wanted.id, outputs: wanted.state };
    return await discreetly(wanted.inputs, update(this.tools(cluster), subject, wanted));
  }

  /** Reads the object of a resource; undefined if it is gone, or if its cluster is and may be forgotten. */
  public async read(subject: Subject, id: string, known: Known): Promise<Result | undefined> {
    if (await this.isForgotten(subject.urn)) return undefined;
    const cluster = await this.reached(subject.urn, true);
    if (cluster === undefined) return { id, outputs: known.state, inputs: known.inputs };
    return await discreetly(known.inputs, read(this.tools(cluster), subject, id, known));
  }

  /** Deletes the object of a resource. */
  public async delete(
    subject: Subject,
    id: string,
    known: { state: Properties; timeoutSeconds: number },
  ): Promise<void> {
    if (await this.isForgotten(subject.urn)) return;
    const tools = this.tools(await this.connecting);
    await discreetly(known.state, remove(tools, subject, id, known));
  }

  private tools(cluster: Cluster): Tools {
    return { cluster, engine: this.engine, settings: this.settings };
  }

  /** The cluster, or undefined if it cannot be reached and resources that exist are to be left alone until then. */
  private async reached(urn: string, exists: boolean): Promise<Cluster | undefined> {
    try {
      return await this.connecting;
    } catch (error) {
      if (!exists || !this.settings.skipUpdateUnreachable) throw error;
      this.engine.log("warning", `left as it is (skipUpdateUnreachable): ${messageOf(error)}`, urn);
      return undefined;
    }
  }

  /** Is the cluster out of reach, and are its resources to be forgotten then? */
  private async isForgotten(urn: string): Promise<boolean> {
    if (!this.settings.deleteUnreachable) return false;
    const error: unknown = await this.connecting.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error === undefined) return false;
    this.engine.log("warning", `forgotten (deleteUnreachable): ${messageOf(error)}`, urn);
    return true;
  }
}

/** With `replaceUnready` a Job that has not completed is replaced although nothing changed. */
async function staleJob(
  { store }: Cluster,
  news: Properties,
  state: Properties,
): Promise<JudgedChange | undefined> {
  if (!isAnnotated(news, "replaceUnready") || news["kind"] !== "Job") return undefined;
  const seen = reveal(lastSeen(state)) as unknown as KubeObject;
  const live = await store.get({ ...seen, ...seen.metadata });
  if (live === undefined || job.judge(live, []).state === "ready") return undefined;
  const path = ["metadata", "annotations", "pulumi.com/replaceUnready"];
  return { path, kind: "update", replaces: true };
}

function typeOf(inputs: Properties, token: string): { apiVersion: string; kind: string } {
  const { apiVersion, kind } = inputs;
  if (typeof apiVersion !== "string" || typeof kind !== "string") return parseToken(token);
  return { apiVersion, kind };
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** Runs an operation whose errors must not tell a secret of these properties. */
async function discreetly<Result>(
  properties: Properties,
  operation: Promise<Result>,
): Promise<Result> {
  try {
    return await operation;
  } catch (error) {
    if (error instanceof UnreadyError) {
      const reasons = error.resource.reasons.map((reason) => redact(reason, properties));
      throw new UnreadyError({ ...error.resource, reasons });
    }
    if (error instanceof Error) error.message = redact(error.message, properties);
    throw error;
  }
}
