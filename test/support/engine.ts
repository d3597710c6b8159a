import { execa, type ResultPromise } from "execa";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layout } from "../../sandbox/layout";
import { folderBackend, sessionEnv } from "../../sandbox/session";
import { checkout } from "../../components/shared/system/checkout";

/** A value that stands for something a JSON file cannot hold. */
export type Stand =
  /** A secret. */
  | { $secret: unknown }
  /** An output of another resource: `name.metadata.uid`. */
  | { $output: string };

/** One resource of a project. */
export interface Declared {
  /** Type token, e.g. `kubernetes:core/v1:ConfigMap`; `provider` for a provider of kubernetes. */
  readonly type: string;
  /** Inputs; `Stand`s anywhere inside. */
  readonly inputs: object;
  /** Resource options; `dependsOn` and `provider` are names of other resources. */
  readonly options?: object;
}

/** What the engine did, or would do, to one resource. */
export interface Step {
  /** `same`, `create`, `update`, `replace`, `delete`, … */
  readonly op: string;
  /** Name of the resource in the project. */
  readonly name: string;
  readonly type: string;
  /** Changed properties with the kind of change, e.g. `{ "spec.replicas": "update" }`. */
  readonly diff: Readonly<Record<string, string>>;
}

/** Result of an engine run. */
export interface Run {
  readonly ok: boolean;
  readonly steps: readonly Step[];
  /** All its messages to the user: warnings, errors, progress; no debug messages. */
  readonly messages: string;
  /** All its output. */
  readonly output: string;
}

/** A Pulumi project in a folder and a backend of its own, run by the engine and plugins of the tests' sandbox. */
export class Project {
  public readonly folder = mkdtempSync(join(tmpdir(), "slipway-project-"));
  private readonly env: Record<string, string>;

  constructor(env: Record<string, string> = {}) {
    mkdirSync(join(this.folder, "state"));
    this.env = {
      ...sessionEnv(layout()),
      PULUMI_BACKEND_URL: folderBackend(join(this.folder, "state")),
      PULUMI_CONFIG_PASSPHRASE: "of a test",
      PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true",
      ...env,
    };
    symlinkSync(join(checkout, "node_modules"), join(this.folder, "node_modules"));
    this.write("package.json", JSON.stringify({ dependencies: { "@pulumi/kubernetes": "*" } }));
    this.runtime("typescript: false");
    this.write("index.js", interpreter);
  }

  /** Options of the Node runtime in Pulumi.yaml. */
  runtime(options: string): void {
    this.write("Pulumi.yaml", `name: p\nruntime: { name: nodejs, options: { ${options} } }\n`);
  }

  /** Declares the resources of the next run. */
  declare(resources: Readonly<Record<string, Declared>>): void {
    this.write("resources.json", JSON.stringify(resources));
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** Runs pulumi and waits for its end, whatever the result. */
  async pulumi(...args: string[]): Promise<Run> {
    const { exitCode, all } = await this.start(...args);
    return { ok: exitCode === 0, output: all, ...readEvents(all) };
  }

  /** Starts pulumi. */
  start(...args: string[]): ResultPromise<{ all: true; reject: false }> {
    const { folder: cwd, env } = this;
    return execa("pulumi", [...args, "--non-interactive"], { cwd, env, all: true, reject: false });
  }

  async init(): Promise<void> {
    await this.must("stack", "init", "s");
  }

  async up(...flags: string[]): Promise<Run> {
    return await this.pulumi("up", "--yes", "--skip-preview", "--json", ...flags);
  }

  async preview(...flags: string[]): Promise<Run> {
    return await this.pulumi("preview", "--json", ...flags);
  }

  async refresh(...flags: string[]): Promise<Run> {
    return await this.pulumi("refresh", "--yes", "--skip-preview", "--json", ...flags);
  }

  async destroy(...flags: string[]): Promise<Run> {
    return await this.pulumi("destroy", "--yes", "--skip-preview", "--json", ...flags);
  }

  /** Like `pulumi`, but a failure fails the test. */
  async must(...args: string[]): Promise<Run> {
    const run = await this.pulumi(...args);
    if (!run.ok) throw new Error(`pulumi ${args.join(" ")} failed:\n${run.output}`);
    return run;
  }

  /** State as recorded, secrets encrypted. */
  async state(): Promise<StateResource[]> {
    const { output } = await this.must("stack", "export");
    const { deployment } = JSON.parse(output) as { deployment: { resources?: StateResource[] } };
    return deployment.resources ?? [];
  }

  /** Destroys what is left and removes the folder. */
  async remove(): Promise<void> {
    await this.destroy();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** One resource in a state file. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs: Record<string, unknown>;
  readonly outputs: Record<string, unknown>;
}

/** Steps that changed something, as `name: op`; sorted. */
export const changed = ({ steps }: Run): string[] =>
  steps
    .filter(({ op, type }) => !["same", "read"].includes(op) && type !== "pulumi:pulumi:Stack")
    .map(({ op, name }) => `${name}: ${op}`)
    .sort();

interface Metadata {
  op: string;
  urn: string;
  type: string;
  detailedDiff?: Record<string, { diffKind?: string; kind?: string }> | null;
}
interface EngineEvent {
  resourcePreEvent?: { metadata: Metadata };
  resOutputsEvent?: { metadata: Metadata };
  diagnosticEvent?: { message: string; severity: string };
}

function readEvents(text: string): Pick<Run, "steps" | "messages"> {
  const events = text
    .split("\n")
    .filter((line) => line.startsWith("{") && line.endsWith("}"))
    .map((line) => JSON.parse(line) as EngineEvent);
  const isRefresh = events.some(
    ({ resourcePreEvent }) => resourcePreEvent?.metadata.op === "refresh",
  );
  const steps = events.flatMap(({ resourcePreEvent, resOutputsEvent }) => {
    // What a refresh finds is known only after it has run.
    const event = isRefresh ? resOutputsEvent : resourcePreEvent;
    if (event === undefined) return [];
    const { op, urn, type, detailedDiff } = event.metadata;
    const diff = Object.entries(detailedDiff ?? {}).map(([path, change]) => [
      path,
      change.diffKind ?? change.kind ?? "",
    ]);
    const name = urn.slice(urn.lastIndexOf("::") + 2);
    return [{ op, type, name, diff: Object.fromEntries(diff) as Record<string, string> }];
  });
  const messages = events
    .map(({ diagnosticEvent: told }) =>
      told === undefined || told.severity === "debug" ? "" : told.message,
    )
    .join("");
  return { steps, messages };
}

/** The program of every project: declares the resources in resources.json. */
const interpreter = `
const pulumi = require("@pulumi/pulumi");
const resources = require("./resources.json");
const made = {};
const resolve = (value) => {
  if (Array.isArray(value)) return value.map(resolve);
  if (typeof value !== "object" || value === null) return value;
  if ("$secret" in value) return pulumi.secret(resolve(value.$secret));
  if ("$output" in value) {
    const [name, ...path] = value.$output.split(".");
    return path.reduce((at, key) => at[key], made[name]);
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]));
};
for (const [name, { type, inputs, options = {} }] of Object.entries(resources)) {
  const version = process.env.SLIPWAY_KUBERNETES_PLUGIN;
  const opts = { version, ...options };
  if (options.dependsOn) opts.dependsOn = options.dependsOn.map((other) => made[other]);
  if (options.provider) opts.provider = made[options.provider];
  const k8s = () => require("@pulumi/kubernetes");
  made[name] =
    type === "provider"
      ? new (k8s().Provider)(name, resolve(inputs), { version })
      : new pulumi.CustomResource(type, name, resolve(inputs), opts);
}
`;
