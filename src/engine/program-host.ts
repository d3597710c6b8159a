import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { checkout } from "../../components/shared/system/checkout";

/** A host's first message, once it listens. */
export interface Listening {
  port: number;
}

/** What it gets before the engine starts. */
export interface Assignment {
  /** The one project of the run; absent if the run is about all. */
  only?: string | undefined;
}

/**
 * A process with this checkout's program, for one run of the engine (`--client`, as in the Automation API). It loads while the
 * command still reads files and `pulumi` still starts; otherwise the SDK's import and both language hosts of an update would run
 * one after the other, a quarter of a release's time. It survives a killed command, so that the update still ends in order.
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
    // Whoever asks for the address gets this error.
    this.port.catch(() => undefined);
    child.unref();
    child.channel?.unref();
    if (ProgramHost.running.size === 0) process.once("exit", ProgramHost.endAll);
    ProgramHost.running.add(this);
  }

  /** Ends all hosts that still run: a refused command has no engine to end them with. */
  static readonly endAll = (): void => {
    for (const host of ProgramHost.running) host.end();
  };

  static start(env: Readonly<Record<string, string>>): ProgramHost {
    const child = fork(join(checkout, "bin", "program-host.mjs"), {
      cwd: checkout,
      env: { ...env },
      // Ctrl-C in a terminal is for the engine to handle.
      detached: true,
      stdio: ["ignore", 2, 2, "ipc"],
    });
    return new ProgramHost(child);
  }

  /** Sends the run's input; returns the address for the engine. */
  async assign(assignment: Assignment): Promise<string> {
    this.child.channel?.ref();
    const port = await this.port;
    this.child.send(assignment);
    this.child.channel?.unref();
    return `127.0.0.1:${port}`;
  }

  /** Ends it after its engine has ended. */
  end(): void {
    ProgramHost.running.delete(this);
    if (ProgramHost.running.size === 0) process.off("exit", ProgramHost.endAll);
    this.child.kill();
  }
}
