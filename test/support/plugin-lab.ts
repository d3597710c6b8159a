import * as assert from "node:assert/strict";
import { execa } from "execa";
import { layout } from "../../sandbox/layout";
import { sessionEnv } from "../../sandbox/session";
import { Project, type Declared, type Run } from "./engine";

let count = 0;

/** A project and a namespace for one test of the kubernetes plugin, and objects in it. */
export class PluginLab {
  private namespace = "";
  private project: Project | undefined;

  /** A project and a namespace of their own. */
  async open(): Promise<{ project: Project; namespace: string }> {
    const namespace = `plugin-${process.pid}-${(count += 1)}`;
    await kubectl("create", "namespace", namespace);
    const project = new Project();
    await project.init();
    Object.assign(this, { project, namespace });
    return { project, namespace };
  }

  async close(): Promise<void> {
    await this.project?.remove();
    await kubectl("delete", "namespace", this.namespace, "--wait=false");
  }

  readonly object = (token: string, name: string | undefined, fields: object): Declared => {
    const [module = "", kind] = token.split(":");
    const { metadata, ...rest } = fields as { metadata?: object };
    const apiVersion = module.replace(/^core\//, "");
    const inputs = {
      apiVersion,
      kind,
      metadata: { name, namespace: this.namespace, ...metadata },
      ...rest,
    };
    return { type: `kubernetes:${token}`, inputs };
  };
  readonly configMap = (data: object, name?: string): Declared =>
    this.object("core/v1:ConfigMap", name, { data });
  readonly deployment = (fields: object = {}, metadata: object = {}): Declared =>
    this.object("apps/v1:Deployment", "web", {
      metadata,
      spec: {
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { labels: { app: "web" } },
          spec: { containers: [{ name: "main", image: "example.invalid/web:1" }] },
        },
        ...fields,
      },
    });
  readonly live = async (resource: string, path: string): Promise<string> =>
    await kubectl("get", resource, `--namespace=${this.namespace}`, `--output=jsonpath={${path}}`);
}

export function ok(run: Run): Run {
  assert.ok(run.ok, run.messages === "" ? run.output : run.messages);
  return run;
}

export function refused(run: Run, message: RegExp): void {
  assert.ok(!run.ok, "it was not refused");
  assert.match(run.messages, message);
}

export const base64 = (text: string): string => Buffer.from(text).toString("base64");

export async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await execa("kubectl", args, { env: sessionEnv(layout()) });
  return stdout;
}

/** Processes started by a process, and those started by them. */
export async function descendants(pid: number): Promise<number[]> {
  const { stdout } = await execa("ps", ["-e", "-o", "pid=,ppid="]);
  const parents = stdout.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    parents.filter(([, of]) => of === parent).flatMap(([child = 0]) => [child, ...below(child)]);
  return below(pid);
}

export async function isAlive(pid: number): Promise<boolean> {
  const { exitCode } = await execa("ps", ["-p", String(pid)], { reject: false });
  return exitCode === 0;
}
