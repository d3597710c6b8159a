import { execa } from "execa";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Layout } from "../sandbox/layout";
import { folderBackend, sessionEnv } from "../sandbox/session";
import { checkout } from "../components/shared/system/checkout";

/** A throw-away Pulumi project with a backend of its own, on the benchmark's sandbox. */
export class Workspace {
  public readonly folder = mkdtempSync(join(tmpdir(), "slipway-bench-"));
  private readonly env: Record<string, string>;

  constructor(
    layout: Layout,
    private readonly stack = "test",
  ) {
    mkdirSync(join(this.folder, "state"));
    symlinkSync(join(checkout, "node_modules"), join(this.folder, "node_modules"));
    const backend = folderBackend(join(this.folder, "state"));
    this.env = { ...sessionEnv(layout), PULUMI_BACKEND_URL: backend };
    process.once("exit", () => {
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  /** Writes a file of the project. */
  write(path: string, text: string): void {
    writeFileSync(join(this.folder, path), text);
  }

  /** Reads a file of the project. */
  read(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  /** Names of the files in a directory of the project. */
  list(path: string): string[] {
    return readdirSync(join(this.folder, path));
  }

  /** Creates the stack. */
  async init(): Promise<void> {
    await this.run("pulumi", "stack", "init", this.stack);
  }

  /** Runs `pulumi`; throws its output if it fails. */
  async pulumi(...args: string[]): Promise<string> {
    return this.run("pulumi", ...args, "--stack", this.stack, "--non-interactive");
  }

  /** Runs any command in the project's folder. */
  async run(command: string, ...args: string[]): Promise<string> {
    const { stdout } = await execa(command, args, {
      cwd: this.folder,
      env: this.env,
      maxBuffer: 2 ** 30,
    });
    return stdout;
  }
}
