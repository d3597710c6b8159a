import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { endedBy, Printed, type Result } from "../../../components/shared/ssh";
import { PluginError } from "../../../components/shared/system/grpc";

/** A command for this machine. */
export interface LocalCommand {
  readonly command: string;
  /** Program and arguments; the command becomes the last argument. */
  readonly interpreter?: readonly string[];
  /** Folder to run it in; that of the Pulumi program by default. */
  readonly dir?: string;
  /** Variables in addition to the engine's. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** Limits of a command, and who gets its output. */
export interface CommandLimits {
  readonly limit: number;
  readonly seconds?: number;
  readonly signal: AbortSignal;
  readonly onOutput: (stream: "stdout" | "stderr", chunk: Buffer) => void;
}

const defaultInterpreter = ["/bin/sh", "-c"];
/** Time between the request to stop a command and its kill. */
const graceMs = 3_000;

/** Running commands, each the leader of its own process group. */
const running = new Set<ChildProcess>();

/** Kills every running command with its child processes; does not wait. */
export function killLocalCommands(): void {
  for (const child of running) signalGroup(child, "SIGKILL");
}

/**
 * Runs a command on this machine and resolves with its result. Rejects if it cannot be started, takes too long or is cancelled:
 * then it gets SIGTERM with its child processes, and SIGKILL after a few seconds.
 */
export function runLocally(command: LocalCommand, limits: CommandLimits): Promise<Result> {
  if (limits.signal.aborted) {
    return Promise.reject(new PluginError("cancelled before it was started"));
  }
  return new Promise((resolve, reject) => {
    new Execution({ command, limits, resolve, reject }).start();
  });
}

/** What an execution is given, and who waits for its end. */
interface Call {
  readonly command: LocalCommand;
  readonly limits: CommandLimits;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: PluginError) => void;
}

/** One command, from its start to its end. */
class Execution {
  private readonly program: string;
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly printed: Printed;
  /** Why it was given up, with the last lines that it had printed by then. */
  private givenUp: string | undefined;
  private timeout: NodeJS.Timeout | undefined;
  private grace: NodeJS.Timeout | undefined;

  constructor(private readonly call: Call) {
    const { interpreter = [], dir, environment, command } = call.command;
    const [program = "", ...args] = interpreter.length > 0 ? interpreter : defaultInterpreter;
    this.program = program;
    this.printed = new Printed(call.limits.limit);
    this.child = spawn(program, [...args, command], {
      cwd: dir,
      env: { ...process.env, ...environment },
      detached: true,
    });
  }

  start(): void {
    const { child } = this;
    const { command, limits } = this.call;
    const { seconds, signal, onOutput } = limits;
    running.add(child);
    if (seconds !== undefined) {
      this.timeout = setTimeout(() => {
        this.giveUp(`it took more than ${seconds} s and was told to stop`);
      }, seconds * 1000);
    }
    signal.addEventListener("abort", this.onAbort, { once: true });
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].on("data", (chunk: Buffer) => {
        this.printed.add(stream, chunk);
        onOutput(stream, chunk);
      });
    }
    child.on("error", (error: NodeJS.ErrnoException) => {
      this.fail(notStarted(error, this.program, command.dir));
    });
    child.on("close", (code, name) => {
      this.finish(name === null ? { code: code ?? 0 } : endedBy(name));
    });
    // A command that does not read its input may end before it is written.
    child.stdin.on("error", () => undefined);
    child.stdin.end(command.stdin ?? "");
  }

  private readonly onAbort = (): void => {
    this.giveUp("it was cancelled and told to stop");
  };

  private giveUp(message: string): void {
    const last = this.printed.lastLines();
    const reason = (this.givenUp ??= last === "" ? message : `${message}\n${last}`);
    signalGroup(this.child, "SIGTERM");
    this.grace = setTimeout(() => {
      signalGroup(this.child, "SIGKILL");
      this.fail(reason);
    }, graceMs);
  }

  private finish(ended: Pick<Result, "code" | "signal">): void {
    if (this.givenUp !== undefined) {
      this.fail(this.givenUp);
      return;
    }
    this.release();
    this.call.resolve(this.printed.result(ended));
  }

  private fail(message: string): void {
    this.release();
    this.call.reject(new PluginError(message));
  }

  /** Removes timers and listeners. */
  private release(): void {
    clearTimeout(this.timeout);
    clearTimeout(this.grace);
    this.call.limits.signal.removeEventListener("abort", this.onAbort);
    running.delete(this.child);
  }
}

function signalGroup({ pid }: ChildProcess, name: "SIGTERM" | "SIGKILL"): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // It has just ended by itself.
  }
}

function notStarted(error: NodeJS.ErrnoException, program: string, dir = "."): string {
  if (error.code === "ENOENT") return `there is no program ${program}, or no folder ${dir}`;
  if (error.code === "E2BIG") return "its text and its variables are too long for this system";
  return `it could not be started: ${error.message}`;
}
