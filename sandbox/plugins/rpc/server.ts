import {
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { fstatSync } from "node:fs";

/** Largest message, as in the engine (rpcutil): a state of thousands of objects must fit. */
export const maxMessageBytes = 400 * 1024 * 1024;

/** Address of the engine that has started this plugin, the first argument that is no flag; absent if it sends it later. */
export const engineAddress = (): string | undefined =>
  process.argv.slice(2).find((argument) => !argument.startsWith("-"));

/** How a plugin serves the engine. */
export interface Plugin {
  readonly service: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
  /** Runs before the process ends, for any reason; must not be asynchronous. */
  readonly close?: () => void;
}

/**
 * Serves a plugin on a free loopback port and prints that port, the one line the engine reads from standard output. The process
 * ends when the engine interrupts it, or when the engine is gone: then standard input ends.
 */
export async function serve({ service, implementation, close }: Plugin): Promise<void> {
  const end = (): void => {
    close?.();
    process.exit(0);
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  if (isPipe(0)) process.stdin.on("end", end).on("error", end).resume();

  const server = new Server({
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
  });
  server.addService(service, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  process.stdout.write(`${port}\n`);
}

/** Only a pipe shows its writer's end; a terminal or /dev/null means a start by hand for debugging. */
function isPipe(descriptor: number): boolean {
  const stat = fstatSync(descriptor);
  return stat.isFIFO() || stat.isSocket();
}
