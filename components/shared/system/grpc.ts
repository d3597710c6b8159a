import { type ServerErrorResponse, status, type handleUnaryCall } from "@grpc/grpc-js";

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

/** An error in the form that gRPC sends. Never a stack trace: those go to the plugin's log, for us. */
export function toServerError(error: unknown): ServerErrorResponse {
  if (error instanceof PluginError) return serverError(error.message, error.code);
  console.error(error);
  return serverError(error instanceof Error ? error.message : String(error), status.UNKNOWN);
}

function serverError(details: string, code: status): ServerErrorResponse {
  return Object.assign(new Error(details), { code, details });
}

/** Turns an async function into a gRPC method; what it throws is what the caller sees. */
export function unary<Request, Response>(
  method: (request: Request) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve(call.request)
      .then(method)
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback(toServerError(error));
        },
      );
  };
}
