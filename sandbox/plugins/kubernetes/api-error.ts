import { PluginError } from "../rpc/errors";
import type { Connection } from "./connection";

/** One field that the server objects to. */
export interface Cause {
  /** e.g. `FieldValueInvalid`, `FieldManagerConflict`. */
  readonly reason?: string;
  readonly message?: string;
  /** Path of the field, e.g. `spec.selector`, or `.spec.replicas` for a conflict. */
  readonly field?: string;
}

interface Status {
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly kind?: string;
    readonly name?: string;
    readonly causes?: readonly Cause[];
  };
}

/** The API server said no. */
export class ApiError extends PluginError {
  public override readonly name = "ApiError";
  private readonly answer: Status;

  /** `body` is the Status object that the server sends, or whatever else it sent. */
  constructor(
    public readonly http: number,
    body: string,
  ) {
    const answer = parse(body);
    super(answer.message ?? `the API server answered ${http}: ${body.slice(0, 200)}`);
    this.answer = answer;
  }

  /** Fields the server objects to; may be empty. */
  public get causes(): readonly Cause[] {
    return this.answer.details?.causes ?? [];
  }

  /** Overload, a restart or a change of etcd's leader: the same request may succeed a moment later. */
  public get isPassing(): boolean {
    return (
      this.http === 429 || this.http === 503 || (this.http >= 500 && /etcd/.test(this.message))
    );
  }

  /** The object, its namespace or its kind is not there. */
  public get isNotFound(): boolean {
    return this.http === 404;
  }

  /** It is the namespace that is not there. */
  public get isNamespaceMissing(): boolean {
    return this.isNotFound && this.answer.details?.kind === "namespaces";
  }

  /** Another version, another object or another field manager is in the way. */
  public get isConflict(): boolean {
    return this.http === 409;
  }

  /** Access rights, quota or admission. */
  public get isForbidden(): boolean {
    return this.http === 403;
  }

  /** The object breaks the rules of its kind. */
  public get isInvalid(): boolean {
    return this.http === 422;
  }
}

/** The API server could not be asked. */
export class ConnectionError extends PluginError {
  public override readonly name = "ConnectionError";
  /** Code of the operating system or of TLS, e.g. `ECONNREFUSED`. */
  public readonly fault: string;

  constructor({ server, context }: Connection, cause: Error) {
    const reason = cause.name === "TimeoutError" ? "no answer in time" : cause.message;
    super(
      `the Kubernetes API at ${server.origin} (context "${context}") cannot be reached: ${reason}`,
    );
    this.fault = "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
  }
}

/** The user has stopped the run. */
export class InterruptedError extends PluginError {
  public override readonly name = "InterruptedError";
  constructor() {
    super("interrupted");
  }
}

function parse(body: string): Status {
  try {
    const answer: unknown = JSON.parse(body);
    return typeof answer === "object" && answer !== null ? answer : {};
  } catch {
    return {};
  }
}
