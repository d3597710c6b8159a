import { type ServerErrorResponse, status, type handleUnaryCall } from "@grpc/grpc-js";

/**
 * An error whose message the engine shows unchanged. Its status means that the plugin knows what it did: nothing, or nothing
 * beyond the message. (With `UNKNOWN` and `INTERNAL` the engine assumes a resource in an unknown state.)
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

/** An error in gRPC's form, without a stack trace, which goes to the plugin's log. */
export function toServerError(error: unknown): ServerErrorResponse {
  if (error instanceof PluginError) return serverError(error.message, error.code);
  console.error(error);
  return serverError(error instanceof Error ? error.message : String(error), status.UNKNOWN);
}

function serverError(details: string, code: status): ServerErrorResponse {
  return Object.assign(new Error(details), { code, details });
}

/** Turns an async function into a gRPC method; the caller sees the errors that it throws. */
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
