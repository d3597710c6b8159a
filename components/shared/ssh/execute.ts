import { constants } from "node:os";
import type { Client, ClientChannel } from "ssh2";
import { script } from "../shell";
import { failure, type SshFailure, type Where } from "./failure";
import { sendSignal, watchEnvironment } from "./internals";
import { lastLines, Output } from "./output";

/** How a command ended. */
export interface Result {
  /** Exit code; of a command that a signal ended, 128 and the number of the signal, as shells have it. */
  readonly code: number;
  /** Name of the signal that ended it, e.g. `KILL`. */
  readonly signal?: string;
  readonly stdout: string;
  readonly stderr: string;
  /** Bytes left out in the middle of what it printed; 0 when all is there. */
  readonly dropped: { readonly stdout: number; readonly stderr: number };
}

/** What a command is given, and its limits. */
export interface ExecuteOptions {
  readonly stdin?: string;
  /** Variables without which it is not to run; the host must accept each (AcceptEnv). */
  readonly environment?: Readonly<Record<string, string>>;
  /** Variables that it can do without. */
  readonly optionalEnvironment?: Readonly<Record<string, string>>;
  /** Is told the optional variables that the host does not accept. */
  readonly onRefusedVariable?: (name: string) => void;
  /** Is told what it prints, as it comes. */
  readonly onOutput?: (stream: "stdout" | "stderr", chunk: Buffer) => void;
  /** Largest number of bytes to keep of each stream; 1 MiB by default. */
  readonly limit?: number;
  /** How long it may take; for ever by default. */
  readonly seconds?: number;
  readonly signal?: AbortSignal;
}

/** When a command that is given up is told to stop, and when that is given up as well, in milliseconds. */
const insist = { again: 700, kill: 3_000, leave: 4_000 };

/**
 * Runs one command on a connection that is used for nothing else, and resolves with how it ended. Rejects with an
 * `SshFailure` when it cannot be started, takes too long, is cancelled, or the connection breaks; a command that is given up
 * is told to stop there, with all that it has started, as far as the host can.
 */
export function execute(
  client: Client,
  where: Where,
  command: string,
  options: ExecuteOptions = {},
): Promise<Result> {
  const { limit = 2 ** 20, seconds, signal, stdin = "", onOutput } = options;
  return new Promise((resolve, reject) => {
    const output = { stdout: new Output(limit), stderr: new Output(limit) };
    let channel: ClientChannel | undefined;
    let ended: Pick<Result, "code" | "signal"> | undefined;
    let givenUp: SshFailure | undefined;
    const steps: NodeJS.Timeout[] = [];

    const settle = (then: () => void): void => {
      clearTimeout(timer);
      steps.forEach(clearTimeout);
      signal?.removeEventListener("abort", onAbort);
      client.removeListener("close", onClose);
      then();
    };
    const fail = (reason: SshFailure): void => {
      settle(() => {
        reject(reason);
      });
    };
    const finish = (): void => {
      if (givenUp !== undefined) {
        fail(givenUp);
        return;
      }
      if (ended === undefined) {
        fail(
          failure(
            "lost",
            where,
            "the connection broke while the command ran: how it ended is not known",
            {
              "last output": lastOutput(output),
            },
          ),
        );
        return;
      }
      const result = {
        ...ended,
        stdout: output.stdout.text(),
        stderr: output.stderr.text(),
        dropped: { stdout: output.stdout.dropped, stderr: output.stderr.dropped },
      };
      settle(() => {
        resolve(result);
      });
    };
    const giveUp = (reason: SshFailure): void => {
      if (steps.length > 0) return;
      givenUp ??= reason;
      if (channel === undefined) {
        fail(givenUp);
        return;
      }
      const running = channel;
      sendSignal(client, running, "TERM");
      later(insist.again, () => {
        endOthers(client, "TERM");
      });
      later(insist.kill, () => {
        sendSignal(client, running, "KILL");
        endOthers(client, "KILL");
      });
      later(insist.leave, finish);
    };
    const later = (after: number, then: () => void): void => {
      steps.push(setTimeout(then, after));
    };
    const onAbort = (): void => {
      giveUp(failure("cancelled", where, "the command was cancelled and told to stop"));
    };
    const onClose = (): void => {
      finish();
    };
    const timer =
      seconds === undefined
        ? undefined
        : setTimeout(() => {
            const happened = `the command took more than ${seconds} s and was told to stop`;
            giveUp(failure("timeout", where, happened, { "last output": lastOutput(output) }));
          }, seconds * 1000);
    if (signal?.aborted === true) {
      onAbort();
      return;
    }
    signal?.addEventListener("abort", onAbort, { once: true });
    client.on("close", onClose);

    const refused = watchEnvironment(client, Object.keys(options.environment ?? {}), (name) => {
      options.onRefusedVariable?.(name);
    });
    const env = { ...options.optionalEnvironment, ...options.environment };
    client.exec(command, { env }, (error, opened) => {
      if (error !== undefined) {
        fail(
          refused() === undefined ? notStarted(where, error) : variableRefused(where, refused()),
        );
        return;
      }
      channel = opened;
      opened.on("exit", (code: number | null, name?: string) => {
        ended = code === null ? endedBy(name ?? "") : { code };
      });
      opened.on("data", (chunk: Buffer) => {
        output.stdout.add(chunk);
        onOutput?.("stdout", chunk);
      });
      opened.stderr.on("data", (chunk: Buffer) => {
        output.stderr.add(chunk);
        onOutput?.("stderr", chunk);
      });
      opened.on("close", finish);
      // A command that does not read its input ends before it is written.
      opened.on("error", () => undefined);
      opened.end(stdin);
      if (givenUp !== undefined) giveUp(givenUp);
    });
  });
}

/**
 * Ends whatever else this connection has started on the host, each with its process group. sshd itself passes no signal on
 * to the commands of root. A host whose shell is none of POSIX, or that has no /proc, is left alone by it.
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

const lastOutput = (output: { stdout: Output; stderr: Output }): string =>
  lastLines(output.stderr.text()) || lastLines(output.stdout.text());

function endedBy(name: string): Pick<Result, "code" | "signal"> {
  const signal = name.replace(/^SIG/, "");
  const signals: Readonly<Record<string, number | undefined>> = constants.signals;
  return { code: 128 + (signals[`SIG${signal}`] ?? 0), signal };
}

const notStarted = (where: Where, error: Error): SshFailure =>
  failure("lost", where, "the host did not start the command", {
    error: lastLines(error.message, 1, 300),
    fix: "may this user run commands there (ForceCommand, a shell of /usr/sbin/nologin, MaxSessions)?",
  });

const variableRefused = (where: Where, name = ""): SshFailure =>
  failure(
    "input",
    where,
    `the host does not accept the variable ${name}; the command was not run`,
    {
      fix: `allow it there by \`AcceptEnv ${name}\` in sshd_config, or give it on the command's standard input`,
    },
  );
