import { constants } from "node:os";
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

/** How a command ended, without what it printed. */
export type Ended = Pick<Result, "code" | "signal">;

/** A command that a signal ended: `KILL`, or `SIGKILL`. */
export function endedBy(name: string): Ended {
  const signal = name.replace(/^SIG/, "");
  const signals: Readonly<Record<string, number | undefined>> = constants.signals;
  return { code: 128 + (signals[`SIG${signal}`] ?? 0), signal };
}

/** What a command has printed up to now. */
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

  /** Its last lines: those of its errors, where it has printed any. */
  lastLines(): string {
    return lastLines(this.stderr.text()) || lastLines(this.stdout.text());
  }

  result(ended: Ended): Result {
    return {
      ...ended,
      stdout: this.stdout.text(),
      stderr: this.stderr.text(),
      dropped: { stdout: this.stdout.dropped, stderr: this.stderr.dropped },
    };
  }
}
