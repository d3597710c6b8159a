import type { RunRequest } from "@pulumi/pulumi/proto/language_pb";
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { decode, type Properties } from "../rpc/values";
import { PluginError } from "../../../components/shared/system/grpc";

/** How a program ended. */
export interface Outcome {
  /** What went wrong, unless it succeeded or has reported the error itself. */
  readonly error?: string;
  /** The program has reported its error to the user: nothing is left to say. */
  readonly reported: boolean;
}

/** Exit code of the SDK's runner after it has reported an error to the user (cmd/run of @pulumi/pulumi). */
const toldTheUser = 32;
/** How long an interrupted program may take to end. */
const patienceMs = 5_000;

/** A running Pulumi program: the SDK's own runner in a Node process whose output goes to the engine. */
export class Program {
  /** Settles when the process has ended; never rejects. */
  public readonly outcome: Promise<Outcome>;

  private constructor(private readonly child: ChildProcess) {
    this.outcome = new Promise((resolve) => {
      child.once("error", (error) => {
        resolve({
          error: `could not start ${process.execPath}: ${error.message}`,
          reported: false,
        });
      });
      child.once("close", (code, signal) => {
        resolve(outcome(code, signal));
      });
    });
  }

  /** Starts the program that the engine requests; throws if the SDK is not installed there. */
  public static start(request: RunRequest, engine: string): Program {
    const info = request.getInfo();
    if (info === undefined) throw new PluginError("the engine named no program");
    const directory = info.getProgramDirectory();
    const options = runtimeOptions(decode(info.getOptions()));
    const program = [
      `--import=${pathToFileURL(join(__dirname, "stack-colours.mjs")).href}`,
      ...options.nodeArguments,
      runner(directory),
      ...programArguments(request, engine),
      info.getEntryPoint(),
      ...request.getArgsList(),
    ];
    return new Program(
      spawn(process.execPath, program, {
        cwd: request.getPwd() || directory,
        env: { ...process.env, ...programEnvironment(request), ...options.environment },
        stdio: ["ignore", "inherit", "inherit"],
      }),
    );
  }

  /** Asks the program to end, and kills it if it does not. */
  public interrupt(): void {
    this.child.kill("SIGINT");
    const giveUp = setTimeout(() => {
      this.kill();
    }, patienceMs);
    giveUp.unref();
  }

  /** Ends the program at once. */
  public kill(): void {
    this.child.kill("SIGKILL");
  }
}

/** The result for the engine of a process's end. */
export function outcome(code: number | null, signal: NodeJS.Signals | null): Outcome {
  if (code === 0) return { reported: false };
  if (code === toldTheUser) return { reported: true };
  if (signal === "SIGABRT" || code === 134) {
    const fix = "give it more with `nodeargs: --max-old-space-size=4096` under runtime.options";
    return { error: `the program was aborted, most likely out of memory: ${fix}`, reported: false };
  }
  const how = signal === null ? `with non-zero exit code: ${code ?? "?"}` : `on signal ${signal}`;
  return { error: `Program exited ${how}`, reported: false };
}

/** Arguments of the SDK's runner, as its `--help` lists them. */
export function programArguments(request: RunRequest, engine: string): string[] {
  const named: Record<string, string | undefined> = {
    monitor: request.getMonitorAddress(),
    engine,
    organization: request.getOrganization(),
    project: request.getProject(),
    "root-directory": request.getInfo()?.getRootDirectory(),
    stack: request.getStack(),
    pwd: request.getInfo()?.getProgramDirectory(),
    parallel: String(request.getParallel()),
  };
  const given = Object.entries(named).filter(([, value]) => value !== undefined && value !== "");
  const list = given.flatMap(([name, value]) => [`--${name}`, value ?? ""]);
  return request.getDryrun() ? [...list, "--dry-run"] : list;
}

/** The stack's configuration, in the variables where the SDK looks for it. */
export function programEnvironment(request: RunRequest): Record<string, string> {
  const config = Object.fromEntries(request.getConfigMap().toArray());
  return {
    PULUMI_CONFIG: JSON.stringify(config),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
  };
}

/** `runtime.options` of Pulumi.yaml: `typescript` (default true), `tsconfig`, `nodeargs`. */
export function runtimeOptions(options: Properties): {
  nodeArguments: string[];
  environment: Record<string, string>;
} {
  const { typescript = true, tsconfig, nodeargs } = options;
  const environment: Record<string, string> = {};
  if (typescript === true) environment["PULUMI_NODEJS_TYPESCRIPT"] = "true";
  if (typeof tsconfig === "string") environment["PULUMI_NODEJS_TSCONFIG_PATH"] = tsconfig;
  return { nodeArguments: typeof nodeargs === "string" ? words(nodeargs) : [], environment };
}

/** Splits a command line at blanks, as a shell does: quotes keep words together. */
function words(line: string): string[] {
  const found = line.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return found.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}

function runner(directory: string): string {
  try {
    return createRequire(join(directory, "program.js")).resolve("@pulumi/pulumi/cmd/run");
  } catch {
    throw new PluginError(`the Pulumi SDK is not installed in ${directory}: run \`npm ci\` there`);
  }
}
