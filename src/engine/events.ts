/** What the engine did, or would do, to one resource. */
export interface Change {
  /** `create`, `update`, `replace`, `delete`, … as the engine calls it. */
  op: string;
  urn: string;
  type: string;
}

/** What a run of the engine has told. */
export interface EngineReport {
  /** Resources that were changed, or in a preview would be. */
  changes: Change[];
  /** Resources whose change failed. */
  failures: Change[];
  /** Errors for a person, each once. */
  errors: string[];
  /** Warnings, each once. */
  warnings: string[];
  /** URNs of resources that errors are about: what was written and did not come up, though nothing was changed just now. */
  about: string[];
}

interface Metadata {
  op: string;
  urn: string;
  type: string;
}

/** One line of the engine's event log, as far as it is looked at here. */
interface EngineEvent {
  resourcePreEvent?: { metadata: Metadata; planning?: boolean };
  resOutputsEvent?: { metadata: Metadata };
  resOpFailedEvent?: { metadata: Metadata };
  diagnosticEvent?: { message: string; severity: string; urn?: string; ephemeral?: boolean };
}

/** Steps that leave a resource as it is. */
const harmless = new Set(["same", "read", "refresh"]);
/** The beginning of a line about such a step: of a large stack there are thousands, and nobody reads on. */
const idle =
  /^\{"sequence":\d+,"timestamp":\d+,"res(ourcePre|Outputs)Event":\{"metadata":\{"op":"same"/;
/** Milliseconds after which a step is told of again. */
const timeout = 20_000;
/** What the engine adds when it has told the reason already. */
const closing = /^(update|preview|destroy) failed$/;

/** Collects a run's events; `show` gets what a person who waits wants to read. */
export class Listener {
  readonly report: EngineReport = {
    changes: [],
    failures: [],
    errors: [],
    warnings: [],
    about: [],
  };
  private readonly sequences = new Set<string>();
  /** Steps that have begun and not ended, by URN, with when. */
  private readonly open = new Map<string, { metadata: Metadata; since: number }>();

  constructor(private readonly show: (line: string) => void = () => undefined) {}

  /** Takes one line of the log. */
  line(text: string): void {
    if (!text.startsWith("{") || idle.test(text)) return;
    const event = JSON.parse(text) as EngineEvent;
    const { resourcePreEvent: begun, resOutputsEvent: done, resOpFailedEvent: failed } = event;
    if (begun !== undefined && !harmless.has(begun.metadata.op)) {
      this.show(`${begun.metadata.op} ${kindAndName(begun.metadata)}`);
      // The stack and components end with what is in them, which tells what takes its time.
      if (!/^(pulumi:pulumi:Stack|slipway:)/.test(begun.metadata.type))
        this.open.set(begun.metadata.urn, { metadata: begun.metadata, since: Date.now() });
    }
    const ended = done ?? failed;
    if (ended !== undefined) this.open.delete(ended.metadata.urn);
    if (done !== undefined && !harmless.has(done.metadata.op)) {
      this.report.changes.push(changeOf(done.metadata));
    }
    if (failed !== undefined) this.report.failures.push(changeOf(failed.metadata));
    this.diagnostic(event.diagnosticEvent);
  }

  /** Says what has not ended after a while, which the engine itself says nothing of. */
  remind(now = Date.now()): void {
    const [longest] = this.open.values();
    if (longest === undefined || now - longest.since < timeout) return;
    const { metadata, since } = longest;
    const why = metadata.op.startsWith("delete")
      ? "; kubectl get … --output yaml tells what keeps it: a finalizer, or pods that still end their requests"
      : "";
    const seconds = Math.round((now - since) / 1000);
    this.show(`${metadata.op} ${kindAndName(metadata)} has taken ${seconds} s so far${why}`);
  }

  private diagnostic(event: EngineEvent["diagnosticEvent"]): void {
    if (event === undefined || event.severity === "debug") return;
    const text = event.message.trimEnd();
    if (event.severity === "error") {
      if (closing.test(text) || this.sequences.has(text)) return;
      this.sequences.add(text);
      this.report.errors.push(tidy(text));
      const { urn = "" } = event;
      if (urn !== "" && !urn.includes("::pulumi:pulumi:Stack::")) this.report.about.push(urn);
    } else if (event.severity === "warning") {
      if (!this.report.warnings.includes(text) && !isFalseAlarm(text))
        this.report.warnings.push(text);
    } else if (text !== "") {
      const name = event.urn === undefined || event.urn === "" ? "" : `${nameOf(event.urn)}: `;
      this.show(`${name}${text.split("\n")[0] ?? ""}`);
    }
  }
}

/** Without the frame that the engine's Go libraries put around a list of one. */
const tidy = (text: string): string =>
  text.replace(/^1 error occurred:\n\t\* ([^]*?)\s*$/, "$1").trimEnd();

const changeOf = ({ op, urn, type }: Metadata): Change => ({ op, urn, type });

/** Name of a resource, the last part of its URN. */
export const nameOf = (urn: string): string => urn.slice(urn.lastIndexOf("::") + 2);

/** `Deployment packet-label`: what a person calls a resource. */
export const kindAndName = ({ type, urn }: Pick<Metadata, "type" | "urn">): string =>
  `${type.slice(type.lastIndexOf(":") + 1)} ${nameOf(urn)}`;

/**
 * What the build plugin says of a tag in a registry without TLS, such as the sandbox's: it asks for it by https alone, and leaves the
 * tag as it is. The image itself was asked for, and is there.
 */
const isFalseAlarm = (text: string): boolean =>
  text.includes("unable to verify image tags") &&
  text.includes("server gave HTTP response to HTTPS client");
