import { join } from "node:path";
import type { Layout } from "../sandbox/layout";
import { projectNames, writeProgram } from "./program";
import { pushVersion } from "./versions";
import { Workspace } from "./workspace";

/** This many projects run; the others are only in files and state, where a release skips them. */
const running = 7;
const [project = ""] = projectNames(1);

/** Which stack. */
export interface ReleasedStackArgs {
  /** Short name of the platform, unique on the cluster. */
  system: string;
  /** How many projects it has. @default 7 */
  projects?: number;
}

/** The shipped program with projects on real pods, and two versions of the first one, released in turn. */
export class ReleasedStack {
  readonly workspace: Workspace;
  /** Namespace and name of the first project's Deployment. */
  readonly deployment: { name: string; namespace: string };
  private versions: readonly [string, string] | undefined;
  private rejected = false;
  private starting: Promise<void> | undefined;

  constructor(
    private readonly layout: Layout,
    private readonly args: ReleasedStackArgs,
  ) {
    this.workspace = new Workspace(layout);
    this.deployment = { name: "bench-project-n0", namespace: `${args.system}-test` };
  }

  /** Brings it up at the first call. */
  start(): Promise<void> {
    this.starting ??= this.bringUp();
    return this.starting;
  }

  /** Releases the version that does not run. */
  async release(): Promise<void> {
    await this.slipway("release", project, "--yes", "--digest", digestOf(this.turn()));
  }

  /** Goes back to the version that ran before. */
  async rollback(): Promise<void> {
    this.turn();
    this.rejected = true;
    await this.slipway("rollback", project, "--yes");
  }

  /** Allows the version that a rollback has left again. */
  async lift(): Promise<void> {
    if (!this.rejected) return;
    this.rejected = false;
    const left = digestOf(this.both[1]);
    await this.slipway("lift", project, left, "--yes", "--why", "benchmark");
  }

  /** Fills its history with this many updates: copies of the last one, each a minute earlier. */
  remember(updates: number): void {
    const folder = "state/.pulumi/history/slipway/test";
    const past = this.workspace.list(folder).filter((name) => name.endsWith(".history.json"));
    const last = past.sort().at(-1) ?? "";
    const [, before = "", time = "0", after = ""] = /^(.*-)(\d+)(\..*)$/.exec(last) ?? [];
    const text = this.workspace.read(`${folder}/${last}`);
    for (let count = past.length; count < updates; count++) {
      const earlier = BigInt(time) - BigInt(count) * 60_000_000_000n;
      this.workspace.write(`${folder}/${before}${earlier}${after}`, text);
    }
  }

  /** Runs this stack's own `slipway`. */
  async slipway(verb: string, ...args: string[]): Promise<void> {
    const bin = join(this.workspace.folder, "bin", "slipway.mjs");
    await this.workspace.run(process.execPath, bin, verb, ...args, "--stack", "test");
  }

  /** The image that runs, and the other one. */
  get both(): readonly [string, string] {
    if (this.versions === undefined) throw new Error("the stack has not been brought up");
    return this.versions;
  }

  private turn(): string {
    const [runs, idle] = this.both;
    this.versions = [idle, runs];
    return idle;
  }

  private async bringUp(): Promise<void> {
    const { projects = running } = this.args;
    const [first = ""] = await Promise.all(
      projectNames(running).map((name) =>
        pushVersion(this.layout, { project: name, version: "a" }),
      ),
    );
    this.versions = [first, await pushVersion(this.layout, { project, version: "b" })];
    this.write(running);
    await this.workspace.init();
    await this.workspace.pulumi("up", "--yes", "--skip-preview");
    if (projects === running) return;
    this.write(projects);
    const exported = await this.workspace.pulumi("stack", "export");
    this.workspace.write("grown.json", grown(exported, projects));
    await this.workspace.pulumi("stack", "import", "--file", "grown.json");
  }

  private write(projects: number): void {
    const settings = "probes: { check: /healthz }\nexpose: none\n";
    const stack = { system: this.args.system };
    const digest = digestOf(this.both[0]);
    writeProgram(this.workspace, { names: projectNames(projects), settings, stack, digest });
  }
}

const digestOf = (image: string): string => image.slice(image.indexOf("@") + 1);

/** A state with more projects: copies of the last running project's resources under new names. */
function grown(exported: string, projects: number): string {
  const state = JSON.parse(exported) as { deployment: { resources: unknown[] } };
  const { resources } = state.deployment;
  const own = new RegExp(`(bench.project.n)${running - 1}\\b`, "gi");
  const texts = resources
    .map((each) => JSON.stringify(each))
    .filter((text) => text.search(own) >= 0 && !text.includes('"pulumi:pulumi:Stack"'));
  for (let index = running; index < projects; index++) {
    for (const text of texts) resources.push(JSON.parse(text.replaceAll(own, `$1${index}`)));
  }
  return JSON.stringify(state);
}
