import * as assert from "node:assert/strict";
import { execa } from "execa";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readContract } from "../../components/cluster/sandbox";
import { layout } from "../../sandbox/layout";
import { sessionEnv } from "../../sandbox/session";
import { eventually } from "../../sandbox/eventually";
import { startLoad, type LoadOptions, type LoadReport } from "../../sandbox/room/load";
import { ProgramCopy } from "../../sandbox/program-copy";
import { pushVersion, type Behaviour } from "./release-images";
import { contractPath } from "../../sandbox/contract";

/** One back end on real pods behind the sandbox's Ingress, released by command under load. */
export class ReleaseLab {
  readonly project = "SJZY.Package.Api";
  readonly program = new ProgramCopy();
  /** Requests sent so far, by all loads. */
  requests = 0;
  private readonly namespace = "sjzy-test";
  private readonly name = "sjzy-package-api";
  private readonly port = 8086;

  /** Namespace and address of its pods. */
  get watched(): { namespace: string; app: string; port: number } {
    return { namespace: this.namespace, app: this.name, port: this.port };
  }

  /** Its Service, and its port unless a setting changes it. */
  get served(): { name: string; port: number } {
    return { name: this.name, port: this.port };
  }

  /** A stack with nothing but this project. */
  async start(settings: string): Promise<void> {
    const folder = join(this.program.folder, "projects");
    for (const file of readdirSync(folder)) {
      if (file !== `${this.project}.yaml`) rmSync(join(folder, file));
    }
    this.settings(settings);
    await this.program.init();
    await this.program.up();
  }

  async stop(): Promise<void> {
    await this.program.destroy();
    this.program.remove();
  }

  /** Rewrites the project's file: the main keys and these. */
  settings(more: string, port = this.port): void {
    const text = `name: ${this.project}\nkind: back\nport: ${port}\nprobes: { check: /healthz, startSeconds: 30, pullSeconds: 60 }\n${more}`;
    this.program.edit(`projects/${this.project}.yaml`, (before) =>
      before === text ? `${text}\n` : text,
    );
  }

  version(version: string, behaviour: Behaviour = "good"): Promise<string> {
    return pushVersion({ project: this.project, port: this.port, version, behaviour });
  }

  /** Runs a verb of the command for the project; throws its output if it does not end with `expected`. */
  async slipway(args: readonly string[], expected = 0): Promise<string> {
    const { exitCode, all } = await this.program.slipway(...args, "--stack", "test", "--yes");
    assert.equal(exitCode, expected, all);
    return all;
  }

  release(digest: string, expected = 0): Promise<string> {
    return this.slipway(["release", this.project, "--digest", digest], expected);
  }

  load(options: Partial<LoadOptions> = {}): ReturnType<typeof startLoad> {
    const { ingressPort = 0 } = readContract(contractPath(layout()));
    return startLoad({
      url: `http://127.0.0.1:${ingressPort}/`,
      headers: { host: `${this.name}.localhost` },
      versionHeader: "x-version",
      maxSeconds: 240,
      pause: 5,
      ...options,
    });
  }

  /** Sends load before, during and after an operation, without a failed request. */
  async unharmed(happening: () => Promise<unknown>): Promise<LoadReport> {
    const running = this.load();
    await running.answered(200);
    try {
      await happening();
    } finally {
      await running.answered(400);
      await running.stop();
    }
    const report = await running.finished;
    this.requests += report.requests;
    assert.equal(report.failures, 0, report.examples.join("\n"));
    return report;
  }

  /** Answers to this many requests, counted by a header's value. */
  async answers(maxRequests: number, versionHeader = "x-version"): Promise<Record<string, number>> {
    const report = await this.load({ maxRequests, versionHeader, pause: 0 }).finished;
    this.requests += report.requests;
    assert.equal(report.failures, 0, report.examples.join("\n"));
    return report.versions;
  }

  /** Waits until every answer comes from this version. */
  async serves(version: string): Promise<void> {
    await eventually(async () => {
      const versions = await this.answers(50);
      assert.deepEqual(Object.keys(versions), [version]);
    });
  }

  /** Applies an object in the project's namespace. */
  async apply(object: object): Promise<void> {
    const args = [`--namespace=${this.namespace}`, "apply", "--filename=-"];
    const options = { env: sessionEnv(layout()), input: JSON.stringify(object) };
    await execa("kubectl", args, options);
  }

  async kubectl(...args: string[]): Promise<string> {
    const all = [`--namespace=${this.namespace}`, ...args];
    const { stdout } = await execa("kubectl", all, { env: sessionEnv(layout()) });
    return stdout;
  }
}
