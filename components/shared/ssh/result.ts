import { constants } from "node:os";
import { lastLines, Output } from "./output";

/** Result of a command. */
export interface CommandResult {
  /** Exit code; 128 + n for a command that signal n ended, as in shells. */
  readonly code: number;
  /** Name of the signal that ended it, e.g. `KILL`. */
  readonly signal?: string;
  readonly stdout: string;
  readonly stderr: string;
  /** Bytes left out in the middle of its output; 0 when it is complete. */
  readonly dropped: { readonly stdout: number; readonly stderr: number };
}

/** Result of a command without its output. */
export type Ended = Pick<CommandResult, "code" | "signal">;

/** A command that a signal ended: `KILL`, or `SIGKILL`. */
export function endedBy(name: string): Ended {
  const signal = name.replace(/^SIG/, "");
  const signals: Readonly<Record<string, number | undefined>> = constants.signals;
  return { code: 128 + (signals[`SIG${signal}`] ?? 0), signal };
}

/** Output of a command so far. */
export class Printed {
  private readonly stdout: Output;
  private readonly stderr: Output;

  /** `limit`: largest number of bytes to keep of each stream. */
  constructor(limit: number) {
    this.stdout = new Output(limit);
    this.stderr = new Output(limit);
  }

  add(stream: "stdout" | "stderr", chunk: Buffer): void {
    this[stream].add(chunk);
  }

  /** Its last lines: of stderr, if it is not empty. */
  lastLines(): string {
    return lastLines(this.stderr.text()) || lastLines(this.stdout.text());
  }

  result(ended: Ended): CommandResult {
    return {
      ...ended,
      stdout: this.stdout.text(),
      stderr: this.stderr.text(),
      dropped: { stdout: this.stdout.dropped, stderr: this.stderr.dropped },
    };
  }
}
