import { StringDecoder } from "node:string_decoder";
import type { EngineLog } from "../rpc/engine";

/** Longest line that is shown; the rest of it is in the outputs. */
const longestLine = 2_000;
/** Most lines shown in a second: more would keep the engine busy and nobody could read them. */
const linesPerSecond = 100;

/** Shows a command's output line by line while it runs, with secrets masked. */
export class OutputShow {
  private readonly decoders = { stdout: new StringDecoder(), stderr: new StringDecoder() };
  private readonly unfinished = { stdout: "", stderr: "" };
  private second = 0;
  private shown = 0;
  private skipped = 0;

  constructor(
    private readonly engine: EngineLog,
    private readonly urn: string,
    private readonly logging: string,
    private readonly redact: (text: string) => string,
  ) {}

  /** Adds output of a command. */
  readonly add = (stream: "stdout" | "stderr", chunk: Buffer): void => {
    if (this.logging !== "stdoutAndStderr" && this.logging !== stream) return;
    const lines = (this.unfinished[stream] + this.decoders[stream].write(chunk)).split("\n");
    const last = lines.pop() ?? "";
    // Only the start of an unfinished line is kept: a secret cut in two would not be recognised.
    this.unfinished[stream] = last.length > longestLine ? last.slice(0, longestLine) : last;
    for (const line of lines) this.line(line);
  };

  /** Shows the rest, which may lack a line end. */
  end(): void {
    for (const stream of ["stdout", "stderr"] as const) {
      if (this.unfinished[stream] !== "") this.line(this.unfinished[stream]);
    }
    if (this.skipped > 0) this.engine.status(`… ${this.skipped} lines were not shown`, this.urn);
  }

  private line(line: string): void {
    const now = Math.floor(Date.now() / 1000);
    if (now !== this.second) [this.second, this.shown] = [now, 0];
    this.shown += 1;
    if (this.shown > linesPerSecond) this.skipped += 1;
    else this.engine.status(this.redact(line.slice(0, longestLine)), this.urn);
  }
}
