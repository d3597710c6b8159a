import { ChannelCredentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { maxMessageBytes } from "./server";

/** The engine as a plugin sees it: somewhere to tell the user things about a resource. */
export interface Engine {
  /** A line that stays: under the resource's diagnostics. */
  log(severity: "info" | "warning", message: string, urn: string): void;
  /** What is going on now, in the resource's own row; an empty message clears it. */
  status(message: string, urn: string): void;
}

/** Connects to the engine. Messages are sent in the background: no operation fails because one was lost. */
export function connectEngine(address: string): Engine {
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
