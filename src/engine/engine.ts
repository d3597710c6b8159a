import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { setTimeout as sleep } from "node:timers/promises";
import { EngineError } from "./error";
import { explain, isGone, type EngineExit } from "./explain";
import { Listener, type EngineReport } from "./events";
import { withoutProxy } from "../../components/shared/system/proxy";
import { OwnRuns } from "./own-runs";
import type { ProgramHost } from "./program-host";

/** How often the log of a run is read, in milliseconds. */
const lookEvery = 40;

/** How often a locked stack is tried again, in milliseconds. */
const askAgain = 2000;

const signals = ["SIGINT", "SIGTERM"] as const;

/** One run of the engine. */
export interface RunArgs {
  /** Targets of the run; everything by default. */
  limits?: TargetLimits | undefined;
  /** Message in the stack's history. */
  message?: string;
  /** Whether to refresh the state from the cluster first: objects that are gone are created again. */
  refresh?: boolean;
  /** Gets a line whenever there is something new to read. */
  show?: (line: string) => void;
}

/** One project of a stack. */
export interface TargetLimits {
  project: string;
  /** URN patterns that match only this project's resources. */
  targets: readonly string[];
}

/** How the engine is run. */
export interface EngineOptions {
  /** Starts the program's host; without it `pulumi` starts the program itself. */
  start?: (env: Readonly<Record<string, string>>) => ProgramHost;
  /** Seconds to wait for a lock on the stack. @default 0 */
  timeout?: number;
}

/**
 * The engine on one stack of a checkout, driven as the Automation API drives it (`pulumi` without prompts, its events read as
 * they come), with one process per run. The Automation API library takes half a second to load and starts `pulumi` five more
 * times per update (version, selection, outputs twice, history), which doubles the time of an update of one project. Events go
 * through a file, not a pipe, so that an update still ends in order if its starter is killed.
 */
export class Engine {
  private readonly env: Readonly<Record<string, string>>;
  private host: ProgramHost | undefined;
  private readonly runs: OwnRuns;

  constructor(
    private readonly checkout: string,
    public readonly stack: string,
    env: Readonly<Record<string, string>>,
    private readonly manner: EngineOptions = {},
  ) {
    this.env = { ...env, ...withoutProxy(env) };
    this.runs = new OwnRuns(checkout, stack);
  }

  /** Starts loading the program, because an update is likely to follow. */
  expectRun(): void {
    this.host ??= this.manner.start?.(this.env);
  }

  /** `pulumi up`: returns the changes; throws an `EngineError`. */
  async up({ limits, message, refresh = false, show }: RunArgs = {}): Promise<EngineReport> {
    const flags = [
      ...["--yes", "--skip-preview"],
      ...(refresh ? ["--refresh"] : []),
      ...(message === undefined ? [] : ["--message", message]),
    ];
    return await this.run("up", flags, { limits, show });
  }

  /** `pulumi preview`: returns what an update would change; throws an `EngineError`. */
  async preview(args: Pick<RunArgs, "limits" | "show"> = {}): Promise<EngineReport> {
    return await this.run("preview", [], args);
  }

  /** JSON output of a command that does not update. */
  async json(...args: string[]): Promise<unknown> {
    return await this.files(async (output, errors) => {
      // An export is always JSON and has no flag for it.
      const flags = args.includes("export") ? [] : ["--json"];
      const ended = await this.pulumi([...args, ...flags], output, errors);
      if (ended.code !== 0) throw explain(ended, this.stack);
      return JSON.parse(readFileSync(output, "utf8")) as unknown;
    });
  }

  /** A command that changes only the state, such as `state unprotect`; throws an `EngineError`. */
  async change(...args: string[]): Promise<void> {
    await this.patiently({}, () =>
      this.files(async (output, errors) => {
        const ended = await this.pulumi([...args, "--yes"], output, errors);
        if (ended.code !== 0) throw explain(ended, this.stack);
      }),
    );
  }

  private async run(verb: string, flags: readonly string[], args: RunArgs): Promise<EngineReport> {
    return await this.patiently(args, () => this.runOnce(verb, flags, args));
  }

  /** Clears the lock of a killed run of ours; waits a while for anybody else's. */
  private async patiently<T>(args: Pick<RunArgs, "show">, attempt: () => Promise<T>): Promise<T> {
    let gone: number | undefined;
    for (const until = Date.now() + (this.manner.timeout ?? 0) * 1000; ;) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof EngineError) || error.kind !== "locked") throw error;
        if (error.holder !== undefined && this.runs.claimDead(error.holder)) {
          args.show?.("clears the lock of a killed run of this checkout");
          await this.files((...files) => this.pulumi(["cancel", "--yes"], ...files));
        } else if (error.holder !== undefined && isGone(error.holder)) {
          // A run that has just ended may have released it since we asked; a killed one never does.
          if (gone === error.holder.pid) throw error;
          gone = error.holder.pid;
        } else if (Date.now() >= until || !(await this.waited(error, args))) throw error;
      }
    }
  }

  /** Waits a moment for the lock; returns whether waiting was not cut short by a signal. */
  private async waited(
    { message }: EngineError,
    { show }: Pick<RunArgs, "show">,
  ): Promise<boolean> {
    show?.(`waits: ${message}`);
    const stop = new AbortController();
    const note = (): void => {
      stop.abort();
    };
    for (const signal of signals) process.on(signal, note);
    await sleep(askAgain, undefined, { signal: stop.signal }).catch(() => undefined);
    for (const signal of signals) process.off(signal, note);
    return !stop.signal.aborted;
  }

  private async runOnce(
    verb: string,
    flags: readonly string[],
    { limits, show }: RunArgs,
  ): Promise<EngineReport> {
    // One for each attempt: without it the program would not know what it is limited to.
    this.expectRun();
    const { host } = this;
    this.host = undefined;
    const address = await host?.assign({ only: limits?.project });
    return await this.files(async (output, errors) => {
      const listener = new Listener(show);
      const tail = new Tail(output, (line) => {
        listener.line(line);
      });
      const targets = limits?.targets.flatMap((target) => ["--target", target]) ?? [];
      const client = address === undefined ? [] : ["--client", address];
      const args = [verb, ...flags, ...targets, ...client, "--json", "--color", "never"];
      const reminding = setInterval(() => {
        listener.remind();
      }, 5_000);
      const ended = await this.pulumi(args, output, errors).finally(() => {
        clearInterval(reminding);
      });
      host?.end();
      tail.close();
      const { report } = listener;
      if (ended.code !== 0) throw explain({ ...ended, report }, this.stack);
      return report;
    });
  }

  private async files<T>(use: (output: string, errors: string) => Promise<T>): Promise<T> {
    const folder = mkdtempSync(join(tmpdir(), "slipway-run-"));
    try {
      return await use(join(folder, "output"), join(folder, "errors"));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  private async pulumi(
    args: readonly string[],
    output: string,
    errors: string,
  ): Promise<EngineExit> {
    const files = [output, errors].map((path) => openSync(path, "a", 0o600));
    const all = [...args, "--stack", this.stack, "--non-interactive"];
    const child = spawn("pulumi", all, {
      cwd: this.checkout,
      env: { ...this.env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" },
      stdio: ["ignore", ...files] as ["ignore", number, number],
    });
    files.forEach(closeSync);
    let interrupted = false;
    // The terminal signals pulumi as well, which ends its update in order; until then we stay.
    const note = (signal: NodeJS.Signals): void => {
      interrupted = true;
      if (signal === "SIGTERM") child.kill(signal);
    };
    for (const signal of signals) process.on(signal, note);
    const ended = args[0] === "up" ? this.runs.began(child.pid) : () => undefined;
    const code = await new Promise<number | undefined>((resolve) => {
      child.on("error", () => {
        resolve(undefined);
      });
      child.on("close", (status, signal) => {
        interrupted ||= signal !== null;
        // A killed run has left its lock, which that note identifies as ours.
        if (signal === null) ended();
        resolve(status ?? 1);
      });
    });
    for (const signal of signals) process.off(signal, note);
    return { code, interrupted, stderr: readFileSync(errors, "utf8").trim() };
  }
}

/** Reads a growing file, line by line. */
class Tail {
  private readonly decoder = new StringDecoder("utf8");
  private readonly buffer = Buffer.alloc(1 << 16);
  private readonly timer: NodeJS.Timeout;
  private file: number | undefined;
  private rest = "";

  constructor(
    private readonly path: string,
    private readonly take: (line: string) => void,
  ) {
    this.timer = setInterval(() => {
      this.look();
    }, lookEvery);
  }

  /** Reads the rest. */
  close(): void {
    clearInterval(this.timer);
    this.look();
    if (this.file !== undefined) closeSync(this.file);
  }

  private look(): void {
    this.file ??= openSync(this.path, "r");
    for (let read = 1; read > 0;) {
      read = readSync(this.file, this.buffer);
      const lines = (this.rest + this.decoder.write(this.buffer.subarray(0, read))).split("\n");
      this.rest = lines.pop() ?? "";
      lines.forEach(this.take);
    }
  }
}
