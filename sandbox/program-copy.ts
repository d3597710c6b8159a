import { execa, type Result, type ResultPromise } from "execa";
import {
  cpSync,
  existsSync,
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
import { layout } from "./layout";
import { folderBackend, sessionEnv } from "./session";
import { checkout } from "../components/shared/system/checkout";

/** What one update did to one resource. */
export interface EngineStep {
  /** `same`, `create`, `update`, `replace`, `delete`, …: the engine's own name. */
  op: string;
  urn: string;
  type: string;
}

/** An event of an update. */
export interface Moment extends EngineStep {
  /** Whether the resource is done, or only begun. */
  done: boolean;
}

/** A copy of the program that a test may edit, run by the real engine against the tests' sandbox. */
export class ProgramCopy {
  public readonly folder = mkdtempSync(join(tmpdir(), "slipway-program-"));
  private readonly env: Record<string, string>;

  constructor(private readonly stack = "test") {
    const parts = [
      "package.json",
      "package-lock.json",
      "tsconfig.json",
      "Pulumi.yaml",
      `Pulumi.${stack}.yaml`,
    ];
    for (const part of [
      ...parts,
      "bench",
      "bin",
      "src",
      "components",
      "sandbox",
      "projects",
      "examples",
    ]) {
      cpSync(join(checkout, part), join(this.folder, part), {
        recursive: true,
        preserveTimestamps: true,
      });
    }
    symlinkSync(join(checkout, "node_modules"), join(this.folder, "node_modules"));
    symlinkSync(join("bin", "slipway.mjs"), join(this.folder, "slipway"));
    this.env = {
      ...sessionEnv(layout()),
      PULUMI_BACKEND_URL: folderBackend(join(this.folder, ".state")),
      PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true",
    };
    mkdirSync(join(this.folder, ".state"));
  }

  /** Where its stacks are kept. */
  get backend(): string {
    return this.env["PULUMI_BACKEND_URL"] ?? "";
  }

  /** The environment of its commands. */
  get environment(): Readonly<Record<string, string>> {
    return this.env;
  }

  /** Sets these variables from now on, for example those of another backend. */
  use(env: Readonly<Record<string, string>>): void {
    Object.assign(this.env, env);
  }

  /** Removes one file of the copy. */
  discard(path: string): void {
    rmSync(join(this.folder, path));
  }

  /** Runs pulumi; does not throw if it fails. */
  async pulumi(...args: string[]): Promise<Result<{ all: true; reject: false }>> {
    return execa("pulumi", args, { ...this.run, all: true, reject: false });
  }

  /** Runs this copy's own `slipway`; does not throw if it fails. */
  async slipway(...args: string[]): Promise<Result<{ all: true; reject: false }>> {
    const bin = join(this.folder, "bin", "slipway.mjs");
    const all = [bin, ...args];
    return execa(process.execPath, all, { ...this.run, all: true, reject: false });
  }

  /** Starts this copy's own `slipway`, alone or in its own process group, which can be killed with all its processes. */
  startSlipway(...args: string[]): ResultPromise<{ reject: false; detached: true }> {
    const all = [join(this.folder, "bin", "slipway.mjs"), ...args];
    return execa(process.execPath, all, { ...this.run, reject: false, detached: true });
  }

  /** Starts pulumi in its own process group, which can be killed with all its processes. */
  startPulumi(...args: string[]): ResultPromise<{ all: true; reject: false; detached: true }> {
    return execa("pulumi", args, { ...this.run, all: true, reject: false, detached: true });
  }

  /** Whether an update is under way, or was when it was killed. */
  locked(): boolean {
    return this.locks().length > 0;
  }

  /** Lock files of updates that are under way, or were when they were killed. */
  locks(): string[] {
    const locks = join(this.folder, ".state", ".pulumi", "locks", "organization");
    if (!existsSync(locks)) return [];
    return readdirSync(locks, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".json"))
      .map((name) => join(locks, name));
  }

  /** Creates the stack in this copy's own backend. */
  async init(): Promise<void> {
    this.mustSucceed(await this.pulumi("stack", "select", this.stack, "--create"));
  }

  /** Adds a secret to the stack's file. */
  async secret(name: string, value: string): Promise<void> {
    const flags = ["--secret", `slipway:secrets.${name}`, "--stack", this.stack];
    const options = { ...this.run, all: true, reject: false, input: value } as const;
    this.mustSucceed(await execa("pulumi", ["config", "set", ...flags], options));
  }

  /** `pulumi up`; returns what it did to each resource, throws its output if it fails. */
  async up(...flags: string[]): Promise<EngineStep[]> {
    return this.steps("up", "--yes", "--skip-preview", ...flags);
  }

  /** `pulumi up`, with progress events; returns what it did. */
  async upTelling(tell: (moment: Moment) => void): Promise<EngineStep[]> {
    const flags = ["--yes", "--skip-preview", "--non-interactive", "--json"];
    const all = ["up", "--stack", this.stack, ...flags];
    const child = execa("pulumi", all, { ...this.run, all: true, reject: false });
    for await (const line of child.iterable()) {
      const { resourcePreEvent, resOutputsEvent } = parseEvent(line);
      const { metadata } = resourcePreEvent ?? resOutputsEvent ?? {};
      if (metadata !== undefined) tell({ ...metadata, done: resOutputsEvent !== undefined });
    }
    const result = await child;
    this.mustSucceed(result);
    return parseEvents(result.stdout);
  }

  /** `pulumi preview`; returns what an update would do. */
  async preview(...flags: string[]): Promise<EngineStep[]> {
    return this.steps("preview", ...flags);
  }

  /** `pulumi destroy`; returns what it did. */
  async destroy(): Promise<EngineStep[]> {
    return this.steps("destroy", "--yes", "--skip-preview");
  }

  /** `pulumi refresh`; returns what it found changed. */
  async refresh(): Promise<EngineStep[]> {
    return this.steps("refresh", "--yes", "--skip-preview");
  }

  /** Changes one file of the copy. */
  edit(path: string, change: (text: string) => string): void {
    const file = join(this.folder, path);
    const before = readFileSync(file, "utf8");
    const after = change(before);
    if (after === before) throw new Error(`the edit of ${path} changed nothing`);
    writeFileSync(file, after);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get run(): { cwd: string; env: Record<string, string> } {
    return { cwd: this.folder, env: this.env };
  }

  private async steps(command: string, ...flags: string[]): Promise<EngineStep[]> {
    const all = [command, "--stack", this.stack, "--non-interactive", "--json", ...flags];
    const result = await this.pulumi(...all);
    this.mustSucceed(result);
    return parseEvents(result.stdout);
  }

  private mustSucceed({ exitCode, all, command }: Result<{ all: true; reject: false }>): void {
    if (exitCode !== 0)
      throw new Error(`${command} failed with ${exitCode ?? "no exit code"}:\n${errorsIn(all)}`);
  }
}

/** Steps that changed something. */
export const changes = (steps: readonly EngineStep[]): EngineStep[] =>
  steps.filter(({ op }) => op !== "same" && op !== "read");

/** Errors in an update's events; the whole output if there are no events. */
function errorsIn(output: string): string {
  const errors = output.split("\n").flatMap((line) => {
    const { severity, message = "" } = parseEvent(line).diagnosticEvent ?? {};
    return severity === "error" ? [message.trimEnd()] : [];
  });
  return errors.length === 0 ? output : errors.join("\n");
}

interface EngineEvent {
  diagnosticEvent?: { severity: string; message: string };
  resourcePreEvent?: { metadata: EngineStep };
  resOutputsEvent?: { metadata: EngineStep };
}

const parseEvent = (line: string): EngineEvent =>
  line.startsWith("{") ? (JSON.parse(line) as EngineEvent) : {};

function parseEvents(text: string): EngineStep[] {
  return text
    .split("\n")
    .map((line) => parseEvent(line).resOutputsEvent?.metadata)
    .filter((metadata) => metadata !== undefined)
    .map(({ op, urn, type }) => ({ op, urn, type }));
}
