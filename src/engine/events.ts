/** What the engine did, or would do, to one resource. */
export interface ResourceChange {
  /** `create`, `update`, `replace`, `delete`, …: the engine's own name. */
  op: string;
  urn: string;
  type: string;
}

/** Result of a run of the engine. */
export interface EngineReport {
  /** Resources that were changed, or that a preview would change. */
  changes: ResourceChange[];
  /** Resources whose change failed. */
  failures: ResourceChange[];
  /** Errors for a person, each once. */
  errors: string[];
  /** Warnings, each once. */
  warnings: string[];
  /** URNs of resources with errors: also those written earlier that did not become ready. */
  about: string[];
}

interface Metadata {
  op: string;
  urn: string;
  type: string;
}

/** One line of the engine's event log, as far as it is used here. */
interface EngineEvent {
  resourcePreEvent?: { metadata: Metadata; planning?: boolean };
  resOutputsEvent?: { metadata: Metadata };
  resOpFailedEvent?: { metadata: Metadata };
  diagnosticEvent?: { message: string; severity: string; urn?: string; ephemeral?: boolean };
}

/** Operations that leave a resource unchanged. */
const harmless = new Set(["same", "read", "refresh"]);
/** Start of a line about such an operation: a large stack has thousands of them, and they are not parsed. */
const idle =
  /^\{"sequence":\d+,"timestamp":\d+,"res(ourcePre|Outputs)Event":\{"metadata":\{"op":"same"/;
/** Milliseconds after which an operation is reported again. */
const timeout = 20_000;
/** What the engine adds after it has given the reason. */
const closing = /^(update|preview|destroy) failed$/;

/** Collects a run's events; `show` gets what a waiting person wants to read. */
export class Listener {
  readonly report: EngineReport = {
    changes: [],
    failures: [],
    errors: [],
    warnings: [],
    about: [],
  };
  private readonly sequences = new Set<string>();
  /** Operations that have begun and not ended, by URN, with their start. */
  private readonly open = new Map<string, { metadata: Metadata; since: number }>();

  constructor(private readonly show: (line: string) => void = () => undefined) {}

  /** Takes one line of the log. */
  line(text: string): void {
    if (!text.startsWith("{") || idle.test(text)) return;
    const event = JSON.parse(text) as EngineEvent;
    const { resourcePreEvent: begun, resOutputsEvent: done, resOpFailedEvent: failed } = event;
    if (begun !== undefined && !harmless.has(begun.metadata.op)) {
      this.show(`${begun.metadata.op} ${kindAndName(begun.metadata)}`);
      // The stack and components end with their contents; only those show what takes time.
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

  /** Reports operations that take long; the engine itself does not. */
  remind(now = Date.now()): void {
    const [longest] = this.open.values();
    if (longest === undefined || now - longest.since < timeout) return;
    const { metadata, since } = longest;
    const why = metadata.op.startsWith("delete")
      ? "; kubectl get … --output yaml shows what blocks it: a finalizer, or pods that still finish their requests"
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

/** Without the frame that Go's multierror puts around a list of one. */
const tidy = (text: string): string =>
  text.replace(/^1 error occurred:\n\t\* ([^]*?)\s*$/, "$1").trimEnd();

const changeOf = ({ op, urn, type }: Metadata): ResourceChange => ({ op, urn, type });

/** Name of a resource, the last part of its URN. */
export const nameOf = (urn: string): string => urn.slice(urn.lastIndexOf("::") + 2);

/** `Deployment packet-label`: kind and name for people. */
export const kindAndName = ({ type, urn }: Pick<Metadata, "type" | "urn">): string =>
  `${type.slice(type.lastIndexOf(":") + 1)} ${nameOf(urn)}`;

/**
 * The build plugin's warning about a tag in a registry without TLS, such as the sandbox's: it checks tags over HTTPS only. The
 * image itself was checked, and exists.
 */
const isFalseAlarm = (text: string): boolean =>
  text.includes("unable to verify image tags") &&
  text.includes("server gave HTTP response to HTTPS client");
