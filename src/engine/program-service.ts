import { Server, ServerCredentials, type UntypedServiceImplementation } from "@grpc/grpc-js";
import type { handleUnaryCall } from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import {
  GetRequiredPackagesResponse,
  GetRequiredPluginsResponse,
  type RunRequest,
  RunResponse,
} from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { once } from "node:events";
import { createRequire } from "node:module";
import { inspect } from "node:util";
import type { Assignment, Listening } from "./program-host";
import { unary } from "../../components/shared/system/grpc";

/*
 * The process of a `ProgramHost`: a language host for the engine, with the program in it. It listens at once, loads while the
 * engine starts, and runs the program once.
 */

/** How long this process outlives its command, in milliseconds: until an engine comes, and until it has been told of the end. */
const timeout = { engine: 30_000, answer: 1_000 };

const load = createRequire(__filename);
const server = new Server();
const assigned = once(process, "message") as Promise<[Assignment]>;
let running = false;

/** Answers `Run`. */
const run: handleUnaryCall<RunRequest, RunResponse> = (call, callback) => {
  running = true;
  // Without its engine a program cannot go on.
  call.on("cancelled", () => {
    if (running) process.exit(1);
  });
  void assigned
    .then(([{ only }]) => {
      const { runProgram } = load("./program-run.ts") as typeof import("./program-run");
      return runProgram(call.request, only);
    })
    .then(
      (well) => new RunResponse().setBail(!well),
      (error: unknown) => new RunResponse().setError(inspect(error)),
    )
    .then((response) => {
      callback(null, response);
      running = false;
      endIn(timeout.answer);
    });
};

function endIn(milliseconds: number): void {
  setTimeout(() => {
    if (!running) process.exit();
  }, milliseconds);
}

const methods: UntypedServiceImplementation = {
  getPluginInfo: unary(() => new PluginInfo().setVersion("1.0.0")),
  getRequiredPlugins: unary(() => new GetRequiredPluginsResponse()),
  getRequiredPackages: unary(() => new GetRequiredPackagesResponse()),
  cancel: unary(() => {
    setTimeout(() => process.exit(1));
    return new Empty();
  }),
  run,
};

process.once("disconnect", () => {
  endIn(timeout.engine);
});
server.addService(LanguageRuntimeService, methods);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  if (process.connected) process.send?.({ port } satisfies Listening);
  try {
    load("./program-run.ts");
  } catch {
    // The run fails with the same error and reports it to the engine.
  }
  // The SDK takes a stack trace with every promise and loads a source map per library; see bin/program.cjs.
  Reflect.deleteProperty(Error, "prepareStackTrace");
});
