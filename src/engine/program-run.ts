import * as pulumi from "@pulumi/pulumi";
import type { RunRequest } from "@pulumi/pulumi/proto/language_pb";
import { setAllConfig } from "@pulumi/pulumi/runtime/config";
import { disconnect, resetOptions } from "@pulumi/pulumi/runtime/settings";
import { runInPulumiStack } from "@pulumi/pulumi/runtime/stack";
import program from "../index";

/** Time for pending work to end after an error, in milliseconds. */
const afterError = 5_000;

/**
 * Runs the program once, as the SDK's own runner does (cmd/run): reports each error to the engine, and lets pending work end
 * before the engine is told that the program has ended. Returns whether it succeeded.
 */
export async function runProgram(request: RunRequest, only: string | undefined): Promise<boolean> {
  take(request);
  const errors = new Errors();
  const run = async (): Promise<void> => {
    try {
      await runInPulumiStack(() => program(only));
    } catch (error) {
      errors.report(error);
    }
    await disconnect(!errors.any);
  };
  await Promise.race([run(), errors.patience]);
  return !errors.any && !pulumi.log.hasErrors();
}

/** Applies the engine's settings of the run. */
function take(request: RunRequest): void {
  const [engine = ""] = request.getArgsList();
  resetOptions(
    ...([request.getProject(), request.getStack(), request.getParallel()] as const),
    ...([engine, request.getMonitorAddress()] as const),
    ...([request.getDryrun(), request.getOrganization()] as const),
  );
  const config = Object.fromEntries(request.getConfigMap().toArray());
  setAllConfig(config, request.getConfigsecretkeysList());
}

/** The errors, without repetitions: a chain of promises reports the same one more than once. */
class Errors {
  /** Settles some time after the first error: what waits for something failed may wait for ever. */
  readonly patience: Promise<void>;
  private readonly reported = new Set<unknown>();
  private lost: () => void = () => undefined;

  constructor() {
    this.patience = new Promise((resolve) => {
      this.lost = resolve;
    });
    const report = (error: unknown): void => {
      this.report(error);
    };
    process.on("uncaughtException", report).on("unhandledRejection", report);
  }

  get any(): boolean {
    return this.reported.size > 0;
  }

  report(error: unknown): void {
    if (this.reported.has(error)) return;
    this.reported.add(error);
    setTimeout(this.lost, afterError);
    const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
    if (pulumi.RunError.isInstance(error)) void pulumi.log.error(message);
    else if (pulumi.ResourceError.isInstance(error))
      void pulumi.log.error(error.hideStack ? message : stack, error.resource);
    else void pulumi.log.error(`the program failed with an unhandled exception:\n${stack}`);
  }
}
