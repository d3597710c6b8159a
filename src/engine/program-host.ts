import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { checkout } from "../../components/shared/system/checkout";

/** What a host says once it listens. */
export interface Listening {
  port: number;
}

/** What it is told before the engine starts. */
export interface Assignment {
  /** The one project that the run is about; absent when it is about all. */
  only?: string | undefined;
}

/**
 * A process with this checkout's program in it, for one run of the engine (`--client`, as the Automation API has it). It
 * loads what it needs while the command still reads and `pulumi` still starts: else the SDK's import and both language
 * hosts of an update would follow one after the other, a quarter of a release. It outlives a command that is killed, so
 * that the update still ends in order.
 */
export class ProgramHost {
  private static readonly running = new Set<ProgramHost>();
  private readonly port: Promise<number>;

  private constructor(private readonly child: ChildProcess) {
    this.port = new Promise((resolve, reject) => {
      child.once("message", ({ port }: Listening) => {
        resolve(port);
      });
      child.once("error", reject);
      child.once("exit", (code, signal) => {
        reject(new Error(`the program's host ended before it listened (${code ?? signal ?? "?"})`));
      });
    });
    // Whoever asks for the address hears of it.
    this.port.catch(() => undefined);
    child.unref();
    child.channel?.unref();
    if (ProgramHost.running.size === 0) process.once("exit", ProgramHost.endAll);
    ProgramHost.running.add(this);
  }

  /** Ends all that still run: those of a command that was refused have no engine to end with. */
  static readonly endAll = (): void => {
    for (const host of ProgramHost.running) host.end();
  };

  /** Starts one. */
  static start(env: Readonly<Record<string, string>>): ProgramHost {
    const child = fork(join(checkout, "bin", "program-host.mjs"), {
      cwd: checkout,
      env: { ...env },
      // A terminal's Ctrl-C is the engine's to obey.
      detached: true,
      stdio: ["ignore", 2, 2, "ipc"],
    });
    return new ProgramHost(child);
  }

  /** Tells it what it is for; returns where the engine finds it. */
  async assign(assignment: Assignment): Promise<string> {
    this.child.channel?.ref();
    const port = await this.port;
    this.child.send(assignment);
    this.child.channel?.unref();
    return `127.0.0.1:${port}`;
  }

  /** Ends it, when its engine has ended. */
  end(): void {
    ProgramHost.running.delete(this);
    if (ProgramHost.running.size === 0) process.off("exit", ProgramHost.endAll);
    this.child.kill();
  }
}
