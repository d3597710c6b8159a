import type { Client, ClientChannel } from "ssh2";
import { script } from "../shell";
import { failure, type SshFailure, type SshAddress } from "./failure";
import { sendSignal, watchEnvironment } from "./internals";
import { lastLines } from "./output";
import { type Ended, endedBy, Printed, type CommandResult } from "./result";

/** Environment, callbacks and limits of a command. */
export interface ExecuteOptions {
  readonly stdin?: string;
  /** Required variables; the host must accept each (AcceptEnv). */
  readonly environment?: Readonly<Record<string, string>>;
  /** Optional variables. */
  readonly optionalEnvironment?: Readonly<Record<string, string>>;
  /** Called with each optional variable that the host does not accept. */
  readonly onRefusedVariable?: (name: string) => void;
  /** Called with each chunk of its output. */
  readonly onOutput?: (stream: "stdout" | "stderr", chunk: Buffer) => void;
  /** Largest number of bytes to keep of each stream; 1 MiB by default. */
  readonly limit?: number;
  /** Timeout in seconds; none by default. */
  readonly seconds?: number;
  readonly signal?: AbortSignal;
}

/** Steps that stop an aborted command, in milliseconds: SIGTERM to all its processes, SIGKILL, no longer waiting. */
const insist = { again: 700, kill: 3_000, leave: 4_000 };

/**
 * Runs one command on a connection that is used for nothing else, and resolves with its result. Rejects with an `SshFailure` when
 * it cannot be started, times out, is cancelled, or the connection breaks; an aborted command gets signals, with all that it has
 * started, as far as the host supports that.
 */
export function execute(
  client: Client,
  where: SshAddress,
  command: string,
  options: ExecuteOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    new Execution({ client, where, options, resolve, reject }).start(command);
  });
}

/** Arguments of an execution, and its promise's callbacks. */
interface Call {
  readonly client: Client;
  readonly where: SshAddress;
  readonly options: ExecuteOptions;
  readonly resolve: (result: CommandResult) => void;
  readonly reject: (reason: SshFailure) => void;
}

/** One command, from its start to its end. */
class Execution {
  private readonly printed: Printed;
  /** Undefined until the host has started the command. */
  private channel: ClientChannel | undefined;
  private ended: Ended | undefined;
  private givenUp: SshFailure | undefined;
  private timeout: NodeJS.Timeout | undefined;
  /** Timers of the steps that stop an aborted command; empty until then. */
  private readonly steps: NodeJS.Timeout[] = [];

  constructor(private readonly call: Call) {
    this.printed = new Printed(call.options.limit ?? 2 ** 20);
  }

  start(command: string): void {
    const { client, where, options } = this.call;
    const { seconds, signal } = options;
    if (seconds !== undefined) this.timeout = setTimeout(this.onTimeout, seconds * 1000, seconds);
    if (signal?.aborted === true) {
      this.onAbort();
      return;
    }
    signal?.addEventListener("abort", this.onAbort, { once: true });
    client.on("close", this.finish);

    const refused = watchEnvironment(client, Object.keys(options.environment ?? {}), (name) => {
      options.onRefusedVariable?.(name);
    });
    const env = { ...options.optionalEnvironment, ...options.environment };
    client.exec(command, { env }, (error, opened) => {
      if (error === undefined) this.follow(opened);
      else if (refused() === undefined) this.fail(notStarted(where, error));
      else this.fail(variableRefused(where, refused()));
    });
  }

  /** Listens to the started command, and sends its input. */
  private follow(channel: ClientChannel): void {
    const { onOutput, stdin = "" } = this.call.options;
    this.channel = channel;
    channel.on("exit", (code: number | null, name?: string) => {
      this.ended = code === null ? endedBy(name ?? "") : { code };
    });
    channel.on("data", (chunk: Buffer) => {
      this.printed.add("stdout", chunk);
      onOutput?.("stdout", chunk);
    });
    channel.stderr.on("data", (chunk: Buffer) => {
      this.printed.add("stderr", chunk);
      onOutput?.("stderr", chunk);
    });
    channel.on("close", this.finish);
    // A command that does not read its input may end before all of it is written.
    channel.on("error", () => undefined);
    channel.end(stdin);
    // Aborted while the host was starting it.
    if (this.givenUp !== undefined) this.giveUp(this.givenUp);
  }

  private readonly onTimeout = (seconds: number): void => {
    const happened = `the command took more than ${seconds} s and was told to stop`;
    const details = { "last output": this.printed.lastLines() };
    this.giveUp(failure("timeout", this.call.where, happened, details));
  };

  private readonly onAbort = (): void => {
    this.giveUp(
      failure("cancelled", this.call.where, "the command was cancelled and told to stop"),
    );
  };

  /** Terminates the command, then kills it, then stops waiting for it. */
  private giveUp(reason: SshFailure): void {
    if (this.steps.length > 0) return;
    this.givenUp ??= reason;
    const { client } = this.call;
    const { channel } = this;
    if (channel === undefined) {
      this.fail(this.givenUp);
      return;
    }
    sendSignal(client, channel, "TERM");
    this.later(insist.again, () => {
      endOthers(client, "TERM");
    });
    this.later(insist.kill, () => {
      sendSignal(client, channel, "KILL");
      endOthers(client, "KILL");
    });
    this.later(insist.leave, this.finish);
  }

  private later(after: number, then: () => void): void {
    this.steps.push(setTimeout(then, after));
  }

  /** The command or the connection has ended. */
  private readonly finish = (): void => {
    if (this.givenUp !== undefined) this.fail(this.givenUp);
    else if (this.ended === undefined) this.fail(lost(this.call.where, this.printed.lastLines()));
    else {
      const result = this.printed.result(this.ended);
      this.release();
      this.call.resolve(result);
    }
  };

  private fail(reason: SshFailure): void {
    this.release();
    this.call.reject(reason);
  }

  /** Removes timers and listeners. */
  private release(): void {
    clearTimeout(this.timeout);
    this.steps.forEach(clearTimeout);
    this.call.options.signal?.removeEventListener("abort", this.onAbort);
    this.call.client.removeListener("close", this.finish);
  }
}

/**
 * Ends all other processes that this connection has started on the host, with their process groups, because sshd forwards no
 * signals to root's commands. It does nothing on a host without a POSIX shell or without /proc.
 */
function endOthers(client: Client, signal: "TERM" | "KILL"): void {
  const text = script("components/shared/ssh/end-others.sh", { SIGNAL: signal });
  try {
    client.exec(text, (error, channel) => {
      if (error !== undefined) return;
      channel.resume().end();
      channel.stderr.resume();
    });
  } catch {
    // The connection is gone, and with it the way to tell.
  }
}

const lost = (where: SshAddress, printed: string): SshFailure =>
  failure("lost", where, "the connection broke while the command ran: how it ended is not known", {
    "last output": printed,
  });

const notStarted = (where: SshAddress, error: Error): SshFailure =>
  failure("lost", where, "the host did not start the command", {
    error: lastLines(error.message, 1, 300),
    fix: "may this user run commands there (ForceCommand, a shell of /usr/sbin/nologin, MaxSessions)?",
  });

const variableRefused = (where: SshAddress, name = ""): SshFailure =>
  failure(
    "input",
    where,
    `the host does not accept the variable ${name}; the command was not run`,
    {
      fix: `allow it there by \`AcceptEnv ${name}\` in sshd_config, or give it on the command's standard input`,
    },
  );
