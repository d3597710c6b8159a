import { randomBytes } from "node:crypto";
import {
  describe,
  describeBytes,
  execute,
  lastLines,
  type Result,
  SshFailure,
} from "../../../components/shared/ssh";
import type { EngineLog } from "../rpc/engine";
import { bare, isObject, type Properties, unknown, type Value } from "../rpc/values";
import { type Arguments, readArguments } from "./arguments";
import { archiveOf, findAssets, hashOf, sourceOf } from "./assets";
import { copyTo } from "./copy";
import { runLocally } from "./local";
import { type Connection, loginOf, withHost } from "./remote";
import { SecretMask } from "./secrets";
import { OutputShow } from "./show";
import { PluginError } from "../../../components/shared/system/grpc";

/** The resource or function of an operation. */
export interface Subject {
  /** Empty for a function. */
  readonly urn: string;
  readonly token: string;
}

/** Largest number of bytes kept of each stream of a command: the first half and the last half. */
const outputLimit = 4 * 2 ** 20;
/** Longest value of a variable that systems accept (MAX_ARG_STRLEN of Linux, minus its name). */
const longestVariable = 128 * 1024 - 64;

const isCopy = (token: string): boolean => token === "command:remote:CopyToRemote";

/** The operations of the plugin's resources and functions. */
export class Operations {
  constructor(
    private readonly engine: EngineLog,
    private readonly signal: AbortSignal,
  ) {}

  async create(
    subject: Subject,
    { inputs, preview, seconds }: { inputs: Properties; preview: boolean; seconds?: number },
  ): Promise<{ id: string; outputs: Properties }> {
    const suffix = randomBytes(4).toString("hex");
    if (isCopy(subject.token)) {
      if (!preview) await this.copy(subject, inputs, seconds);
      return { id: suffix, outputs: inputs };
    }
    const id = `${subject.urn.slice(subject.urn.lastIndexOf("::") + 2)}${suffix}`;
    if (preview) return { id, outputs: expectedOutputs(inputs) };
    const { create } = readArguments(inputs);
    const done = await this.command(subject, inputs, { command: create, seconds });
    return { id, outputs: { ...inputs, ...done } };
  }

  async update(
    subject: Subject,
    {
      state,
      inputs,
      preview,
      seconds,
    }: { state: Properties; inputs: Properties; preview: boolean; seconds?: number },
  ): Promise<Properties> {
    if (isCopy(subject.token)) {
      if (!preview && isOtherCopy(state, inputs)) await this.copy(subject, inputs, seconds);
      return inputs;
    }
    if (preview) return expectedOutputs(inputs);
    const { create, update = create } = readArguments(inputs);
    const done = await this.command(subject, inputs, { command: update, state, seconds });
    return { ...inputs, ...done };
  }

  async delete(
    subject: Subject,
    { state, seconds }: { state: Properties; seconds?: number },
  ): Promise<void> {
    if (isCopy(subject.token)) return;
    const { delete: command } = readArguments(state);
    await this.command(subject, state, { command, state, seconds });
  }

  /** The function `command:local:run`. */
  async run(subject: Subject, inputs: Properties): Promise<Properties> {
    const { command } = readArguments(inputs);
    return { ...inputs, ...(await this.command(subject, inputs, { command })) };
  }

  /** Runs a command where the resource says, and returns its outputs; without a command, the previous outputs. */
  private async command(
    subject: Subject,
    inputs: Properties,
    { command, state = {}, seconds }: { command?: string; state?: Properties; seconds?: number },
  ): Promise<Properties> {
    const before = previous(state);
    if (command === undefined) return before;
    const args = readArguments(inputs);
    const secrets = new SecretMask(inputs, before);
    const show = new OutputShow(
      this.engine,
      subject.urn,
      args.logging ?? "stdoutAndStderr",
      (text) => secrets.redact(text),
    );
    const variables =
      args.addPreviousOutputInEnv === false ? {} : this.previousVariables(subject, before);
    const limits = {
      limit: outputLimit,
      signal: this.signal,
      onOutput: show.add,
      seconds,
    };
    const { connection } = args;
    try {
      const result =
        connection === undefined
          ? await runLocally(
              { ...args, command, environment: { ...args.environment, ...variables } },
              limits,
            )
          : await withHost(connection, this.dialOptions(subject), (client) =>
              execute(client, connection, command, {
                ...limits,
                stdin: args.stdin,
                environment: args.environment,
                optionalEnvironment: variables,
                onRefusedVariable: (name) => {
                  this.warn(subject, `the host does not accept the variable ${name} (AcceptEnv)`);
                },
              }),
            );
      show.end();
      if (result.code !== 0) throw new PluginError(ended(result));
      this.noteDropped(subject, result);
      return { ...printed(result, secrets), ...(await collected(args)) };
    } catch (error) {
      throw toPluginError(error, { connection, command: secrets.redact(command) }, secrets);
    }
  }

  private async copy(subject: Subject, inputs: Properties, seconds?: number): Promise<void> {
    const { connection, remotePath = "" } = readArguments(inputs);
    const source = sourceOf(inputs["source"] ?? null);
    if (connection === undefined || source === undefined) {
      throw new PluginError("a copy needs a connection and a source");
    }
    const limit = seconds === undefined ? [] : [AbortSignal.timeout(seconds * 1000)];
    const signal = AbortSignal.any([this.signal, ...limit]);
    try {
      await withHost(connection, { ...this.dialOptions(subject), signal }, async (client) => {
        const stop = (): void => void client.destroy();
        signal.addEventListener("abort", stop, { once: true });
        await copyTo(client, source, remotePath);
      });
    } catch (error) {
      const reason = signal.aborted ? new PluginError("it was cancelled or took too long") : error;
      throw toPluginError(reason, { connection, copy: remotePath }, new SecretMask(inputs, {}));
    }
  }

  private dialOptions({ urn }: Subject): { signal: AbortSignal; onRetry: (text: string) => void } {
    return {
      signal: this.signal,
      onRetry: (text) => {
        this.engine.status(text, urn);
      },
    };
  }

  private previousVariables(subject: Subject, before: Properties): Record<string, string> {
    const variables: Record<string, string> = {};
    for (const [name, value] of Object.entries(before)) {
      const text = bare(value);
      const variable = { stdout: "PULUMI_COMMAND_STDOUT", stderr: "PULUMI_COMMAND_STDERR" }[name];
      if (variable === undefined || typeof text !== "string" || text === "") continue;
      if (Buffer.byteLength(text) <= longestVariable) variables[variable] = text;
      else this.warn(subject, `${variable} is not set: what was printed before is too long for it`);
    }
    return variables;
  }

  private noteDropped(subject: Subject, { dropped }: Result): void {
    for (const stream of ["stdout", "stderr"] as const) {
      if (dropped[stream] === 0) continue;
      const kept = describeBytes(outputLimit / 2);
      this.warn(
        subject,
        `of ${stream}, the first ${kept} and the last ${kept} are kept: ${describeBytes(dropped[stream])} between them are left out`,
      );
    }
  }

  private warn({ urn }: Subject, message: string): void {
    this.engine.log("warning", message, urn);
  }
}

/** The output and collected files of an earlier run. */
function previous(state: Properties): Properties {
  const { stdout = "", stderr = "", assets, archive } = state;
  return {
    stdout,
    stderr,
    ...(assets !== undefined && { assets }),
    ...(archive !== undefined && { archive }),
  };
}

function expectedOutputs(inputs: Properties): Properties {
  return {
    ...inputs,
    stdout: unknown,
    stderr: unknown,
    ...(inputs["assetPaths"] !== undefined && { assets: unknown }),
    ...(inputs["archivePaths"] !== undefined && { archive: unknown }),
  };
}

const printed = ({ stdout, stderr }: Result, secrets: SecretMask): Properties => ({
  stdout: secrets.mark(stdout.replace(/\n$/, "")),
  stderr: secrets.mark(stderr.replace(/\n$/, "")),
});

/** The files that a local command returns. */
async function collected({ dir, assetPaths, archivePaths }: Arguments): Promise<Properties> {
  const folder = dir ?? process.cwd();
  return {
    ...(assetPaths !== undefined && { assets: await findAssets(folder, assetPaths) }),
    ...(archivePaths !== undefined && {
      archive: archiveOf(await findAssets(folder, archivePaths)),
    }),
  };
}

/** A copy is replaced if content or path differ, but not for a changed connection. */
function isOtherCopy(state: Properties, inputs: Properties): boolean {
  const content = (value: Value | undefined): string | undefined => {
    const source = bare(value ?? null);
    return isObject(source) ? hashOf(source) : undefined;
  };
  const [old, wanted] = [content(state["source"]), content(inputs["source"])];
  const moved = bare(state["remotePath"] ?? null) !== bare(inputs["remotePath"] ?? null);
  return moved || wanted === undefined || old !== wanted;
}

const ended = ({ code, signal, stdout, stderr }: Result): string => {
  const how = signal === undefined ? `exit code ${code}` : `signal ${signal} (exit code ${code})`;
  const last = lastLines(stderr) || lastLines(stdout);
  return [`it ended with ${how}`, ...(last === "" ? [] : ["last output:", last])].join("\n");
};

function toPluginError(
  error: unknown,
  what: { connection?: Connection; command?: string; copy?: string },
  secrets: SecretMask,
): Error {
  if (!(error instanceof PluginError || error instanceof SshFailure)) return error as Error;
  const where =
    what.connection === undefined ? "on this machine" : `on ${describe(loginOf(what.connection))}`;
  const [first = "", ...more] = (what.command ?? "").trim().split("\n");
  const text = `${first.slice(0, 200)}${more.length > 0 || first.length > 200 ? " …" : ""}`;
  const subject =
    what.command === undefined
      ? `the copy to ${what.copy ?? ""} ${where}`
      : `the command ${JSON.stringify(text)} ${where}`;
  return new PluginError(secrets.redact(`${subject} failed:\n${error.message}`));
}
