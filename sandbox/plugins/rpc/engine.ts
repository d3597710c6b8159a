import { ChannelCredentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { maxMessageBytes } from "./server";

/** The engine as a plugin sees it: it receives messages about resources. */
export interface EngineLog {
  /** A permanent line under the resource's diagnostics. */
  log(severity: "info" | "warning", message: string, urn: string): void;
  /** Current status in the resource's own row; an empty message clears it. */
  status(message: string, urn: string): void;
}

/** Connects to the engine. Messages are sent in the background: a lost one fails no operation. */
export function connectEngine(address: string): EngineLog {
  const client = new EngineClient(address, ChannelCredentials.createInsecure(), {
    "grpc.max_send_message_length": maxMessageBytes,
  });
  const send = (request: LogRequest): void => {
    client.log(request, () => undefined);
  };
  return {
    log: (severity, message, urn) => {
      const level = severity === "warning" ? LogSeverity.WARNING : LogSeverity.INFO;
      send(new LogRequest().setSeverity(level).setMessage(message).setUrn(urn));
    },
    status: (message, urn) => {
      const request = new LogRequest()
        .setSeverity(LogSeverity.INFO)
        .setMessage(message)
        .setUrn(urn);
      send(request.setEphemeral(true));
    },
  };
}
