import { execa } from "execa";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../components/shared/problem";
import { Engine } from "../engine/engine";
import { EngineError } from "../engine/error";
import { inputFile, type BuildInput, type Remembered } from "./program";
import { lookUp } from "./registry";
import type { BuildRequest } from "./request";

/** Name of the Pulumi project that holds builds: the program that deploys never builds for a record. */
const buildsProject = "slipway-build";

/** The stack of a project's builds, in a folder of its own. */
export class BuildStack {
  private readonly folder: string;
  private readonly engine: Engine;

  constructor(private readonly request: BuildRequest) {
    const { checkout, stack, name, env } = request;
    this.folder = join(checkout, ".slipway", "build", `${stack}.${name}`);
    layOut(this.folder, checkout);
    this.engine = new Engine(this.folder, `${stack}.${name}`, env);
  }

  /** The outputs of the last build; creates the stack where there is none. */
  async remembered(): Promise<Remembered | undefined> {
    try {
      const outputs = (await this.engine.json("stack", "output")) as Partial<Remembered>;
      // A failed build leaves no outputs.
      return outputs.hash === undefined ? undefined : (outputs as Remembered);
    } catch (error) {
      if (!(error instanceof EngineError) || !/^there is no stack/.test(error.message)) throw error;
    }
    const args = ["stack", "init", this.engine.stack, "--no-select", "--non-interactive"];
    const { exitCode, stderr } = await execa("pulumi", args, {
      cwd: this.folder,
      env: this.request.env,
      reject: false,
    });
    if (exitCode !== 0) throw new UserError(`pulumi ${args.join(" ")}: ${stderr}`, 2);
    return undefined;
  }

  /**
   * Builds what the stack has not built yet, and what the registry has lost since: otherwise only the nodes would notice an image
   * that a clean-up has deleted. Returns the digest, which the registry has.
   */
  async build(input: BuildInput, message: string): Promise<string> {
    const { registry, repository, show, source } = this.request;
    writeFileSync(join(this.folder, inputFile), JSON.stringify(input));
    const first = await this.update(message);
    if (!first.lost) return first.digest;
    show?.(`${registry}/${repository} no longer has ${first.digest}: it is built again`);
    // The stack forgets its images, base images too; the registry keeps them.
    const unattended = ["--yes", "--skip-preview", "--non-interactive"];
    const args = ["destroy", ...unattended, "--stack", this.engine.stack];
    const { exitCode, all } = await execa("pulumi", args, {
      cwd: this.folder,
      env: this.request.env,
      reject: false,
      all: true,
    });
    if (exitCode !== 0) throw new UserError(`pulumi ${args.join(" ")}: ${all}`);
    const second = await this.update(message);
    if (!second.lost) return second.digest;
    throw new UserError(
      `${source.project} is built and pushed, and ${registry}/${repository} does not have ${second.digest}: look at the registry`,
    );
  }

  private async update(message: string): Promise<{ digest: string; lost: boolean }> {
    const { registry, authority, repository, show } = this.request;
    const steps = (line: string): void => {
      if (isStep(line)) show?.(line);
    };
    await this.engine.up({ show: steps, message });
    const digest = digestIn(await this.engine.json("stack", "output"));
    const answer = await lookUp({ host: registry, authority }, repository, digest);
    // A registry that does not answer has taken the push, or the build would have failed.
    return { digest, lost: "found" in answer && !answer.found };
  }
}

/** A Pulumi project whose program is bin/build.cjs of the checkout. */
function layOut(folder: string, checkout: string): void {
  mkdirSync(folder, { recursive: true });
  const runtime = "runtime: { name: nodejs, options: { typescript: false } }";
  writeFileSync(join(folder, "Pulumi.yaml"), `name: ${buildsProject}\n${runtime}\n`);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ main: "index.cjs" }));
  const program = JSON.stringify(join(checkout, "bin", "build.cjs"));
  writeFileSync(join(folder, "index.cjs"), `module.exports = require(${program});\n`);
}

/** The digest that the outputs of a build name. */
export function digestIn(outputs: unknown): string {
  const { ref = "" } = outputs as { ref?: string };
  return ref.slice(ref.indexOf("@") + 1);
}

/** Whether a line is worth showing: of the output of BuildKit, its steps and its errors. */
export const isStep = (line: string): boolean =>
  !/^\S+: #\d+ /.test(line) ||
  /: #\d+ (\[(?!internal|context)|exporting to image$|pushing layers$|ERROR)/.test(line);
