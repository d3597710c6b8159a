import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { lastLines, Output, type Result } from "../../../components/shared/ssh";
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
export interface Limits {
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
export function runLocally(command: LocalCommand, limits: Limits): Promise<Result> {
  const { interpreter = [], dir, environment, stdin = "" } = command;
  const [program = "", ...args] = interpreter.length > 0 ? interpreter : defaultInterpreter;
  const { limit, seconds, signal, onOutput } = limits;
  if (signal.aborted) return Promise.reject(new PluginError("cancelled before it was started"));
  return new Promise((resolve, reject) => {
    const output = { stdout: new Output(limit), stderr: new Output(limit) };
    let givenUp: string | undefined;
    let grace: NodeJS.Timeout | undefined;
    const child = spawn(program, [...args, command.command], {
      cwd: dir,
      env: { ...process.env, ...environment },
      detached: true,
    });
    running.add(child);
    const settle = (then: () => void): void => {
      clearTimeout(timer);
      clearTimeout(grace);
      signal.removeEventListener("abort", onAbort);
      running.delete(child);
      then();
    };
    const fail = (message: string): void => {
      settle(() => {
        reject(new PluginError(message));
      });
    };
    const giveUp = (message: string): void => {
      const last = lastLines(output.stderr.text()) || lastLines(output.stdout.text());
      givenUp ??= last === "" ? message : `${message}\n${last}`;
      signalGroup(child, "SIGTERM");
      grace = setTimeout(() => {
        signalGroup(child, "SIGKILL");
        fail(givenUp ?? message);
      }, graceMs);
    };
    const onAbort = (): void => {
      giveUp("it was cancelled and told to stop");
    };
    const timer =
      seconds === undefined
        ? undefined
        : setTimeout(() => {
            giveUp(`it took more than ${seconds} s and was told to stop`);
          }, seconds * 1000);
    signal.addEventListener("abort", onAbort, { once: true });

    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].on("data", (chunk: Buffer) => {
        output[stream].add(chunk);
        onOutput(stream, chunk);
      });
    }
    child.on("error", (error: NodeJS.ErrnoException) => {
      fail(notStarted(error, program, dir));
    });
    child.on("close", (code, name) => {
      if (givenUp !== undefined) {
        fail(givenUp);
        return;
      }
      const ended =
        name === null
          ? { code: code ?? 0 }
          : { code: 128 + constants.signals[name], signal: name.replace(/^SIG/, "") };
      settle(() => {
        resolve({
          ...ended,
          stdout: output.stdout.text(),
          stderr: output.stderr.text(),
          dropped: { stdout: output.stdout.dropped, stderr: output.stderr.dropped },
        });
      });
    });
    // A command that does not read its input may end before it is written.
    child.stdin.on("error", () => undefined);
    child.stdin.end(stdin);
  });
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
