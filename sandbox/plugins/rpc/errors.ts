import { Metadata, type ServerErrorResponse, status } from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { encode, type Properties } from "./values";

/**
 * A refusal that the engine shows as it stands. Its status says that the plugin knows what it did: nothing, or nothing
 * that is not in the message. (The engine takes `UNKNOWN` and `INTERNAL` for a resource in an unknown state.)
 */
export class PluginError extends Error {
  public override readonly name: string = "PluginError";
  constructor(
    message: string,
    public readonly code: status = status.FAILED_PRECONDITION,
  ) {
    super(message);
  }
}

/** What the engine has to record of a resource that exists but did not come to life. */
export interface Unready {
  /** Id of the resource. */
  readonly id: string;
  /** Its outputs. */
  readonly outputs: Properties;
  /** Its inputs, where they were read from the live object. */
  readonly inputs?: Properties;
  /** Why it is not ready; each becomes one item of a list. */
  readonly reasons: readonly string[];
}

/** The resource exists and is recorded, but the operation failed; the next update tries again. */
export class UnreadyError extends PluginError {
  public override readonly name = "UnreadyError";
  constructor(public readonly resource: Unready) {
    super(resource.reasons.join("\n"), status.UNKNOWN);
  }
}

/** An error in the form that gRPC sends. Never a stack trace: those go to the plugin's log, for us. */
export function toServerError(error: unknown): ServerErrorResponse {
  if (error instanceof UnreadyError) {
    return serverError(error.message, error.code, unreadyDetails(error));
  }
  if (error instanceof PluginError) return serverError(error.message, error.code);
  console.error(error);
  return serverError(error instanceof Error ? error.message : String(error), status.UNKNOWN);
}

function serverError(details: string, code: status, metadata?: Metadata): ServerErrorResponse {
  return Object.assign(new Error(details), { code, details, metadata });
}

function unreadyDetails({ resource, code, message }: UnreadyError): Metadata {
  const detail = new ErrorResourceInitFailed()
    .setId(resource.id)
    .setProperties(encode(resource.outputs))
    .setReasonsList([...resource.reasons]);
  if (resource.inputs !== undefined) detail.setInputs(encode(resource.inputs));
  const any = new Any();
  any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const body = new Status().setCode(code).setMessage(message).setDetailsList([any]);
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(body.serializeBinary()));
  return metadata;
}
