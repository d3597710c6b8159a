import { join } from "node:path";
import type { Layout } from "../sandbox/layout";
import { projectNames, writeProgram } from "./program";
import { pushVersion } from "./versions";
import { Workspace } from "./workspace";

const names = projectNames(7);
const [project = ""] = names;

/** The shipped program with seven projects on real pods, and two versions of the first that take turns. */
export class ReleasedStack {
  readonly workspace: Workspace;
  /** Where its Deployment is. */
  readonly deployment = { name: "bench-project-n0", namespace: "sjzy-test" };
  private versions: readonly [string, string] | undefined;
  private starting: Promise<void> | undefined;

  constructor(private readonly layout: Layout) {
    this.workspace = new Workspace(layout);
  }

  /** Brings it up, for whoever asks first. */
  start(): Promise<void> {
    this.starting ??= this.bringUp();
    return this.starting;
  }

  /** Releases the version that does not run. */
  async release(): Promise<void> {
    await this.slipway("release", project, "--digest", digestOf(this.turn()));
  }

  /** Goes back to the version that ran before. */
  async rollback(): Promise<void> {
    this.turn();
    await this.slipway("rollback", project);
  }

  /** Lets the version that does not run be released again, where a rollback has rejected it. */
  async lift(): Promise<void> {
    const [, idle] = this.both;
    await this.slipway("lift", project, digestOf(idle), "--why", "benchmark").catch(
      () => undefined,
    );
  }

  /** Image that runs, and the one that does not. */
  get both(): readonly [string, string] {
    if (this.versions === undefined) throw new Error("the stack has not been brought up");
    return this.versions;
  }

  private turn(): string {
    const [runs, idle] = this.both;
    this.versions = [idle, runs];
    return idle;
  }

  private async slipway(...args: string[]): Promise<void> {
    const bin = join(this.workspace.folder, "bin", "slipway.mjs");
    await this.workspace.run(process.execPath, bin, ...args, "--stack", "test", "--yes");
  }

  private async bringUp(): Promise<void> {
    const [first = ""] = await Promise.all(
      names.map((name) => pushVersion(this.layout, { project: name, version: "a" })),
    );
    this.versions = [first, await pushVersion(this.layout, { project, version: "b" })];
    const settings = "probes: { check: /healthz }\nexpose: none\n";
    writeProgram(this.workspace, { names, settings, digest: digestOf(first) });
    await this.workspace.init();
    await this.workspace.pulumi("up", "--yes", "--skip-preview");
  }
}

const digestOf = (image: string): string => image.slice(image.indexOf("@") + 1);
