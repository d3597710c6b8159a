import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Layout } from "../sandbox/layout";
import { buildTools } from "../sandbox/toolchain/build";
import type { ReleasedStack } from "./released-stack";

const [name, namespace] = ["plain", "bench-release"];
const image = "{{ .Values.image }}";

interface Deployment {
  spec: {
    selector: unknown;
    template: {
      metadata: { labels?: unknown };
      spec: { containers: { name: string; image: string }[] };
    };
  };
}

/** The Deployment of a released stack without Slipway, for kubectl and Helm: the same pods, the same probes. */
export class PlainDeployment {
  private helm = "helm";
  private runs: string | undefined;

  constructor(
    private readonly stack: ReleasedStack,
    private readonly layout: Layout,
  ) {}

  /** Creates it with kubectl. */
  async apply(): Promise<void> {
    await this.stack.start();
    await this.kubectl("create", "namespace", namespace);
    this.write("plain.json", await this.manifest(this.turn()));
    await this.kubectl("apply", "--server-side", "--filename", "plain.json");
    await this.rolledOut();
  }

  async setImage(): Promise<void> {
    await this.kubectl("set", "image", `deployment/${name}`, `*=${this.turn()}`);
    await this.rolledOut();
  }

  /** Creates it with Helm, as a chart with nothing else in it. */
  async install(): Promise<void> {
    await this.stack.start();
    const { folder } = this.stack.workspace;
    mkdirSync(join(folder, "chart", "templates"), { recursive: true });
    this.write("chart/Chart.yaml", { apiVersion: "v2", name, version: "1.0.0" });
    this.write("chart/templates/deployment.yaml", await this.manifest(image));
    this.helm = (await buildTools(this.layout, undefined, ["helm"])).binary("helm");
    await this.upgrade("--install", "--create-namespace");
  }

  async upgrade(...flags: string[]): Promise<void> {
    const values = ["--set", `image=${this.turn()}`, "--namespace", `${namespace}-helm`];
    const all = ["upgrade", name, "chart", "--wait", ...values, ...flags];
    await this.stack.workspace.run(this.helm, ...all);
  }

  /** The version that does not run at the moment. */
  private turn(): string {
    const [one, other] = this.stack.both;
    this.runs = this.runs === one ? other : one;
    return this.runs;
  }

  private async rolledOut(): Promise<void> {
    await this.kubectl("rollout", "status", `deployment/${name}`);
  }

  private async kubectl(...args: string[]): Promise<string> {
    return await this.stack.workspace.run("kubectl", "--namespace", namespace, ...args);
  }

  /** The Deployment that Slipway has declared, under another name and with a given image. */
  private async manifest(image: string): Promise<unknown> {
    const { deployment, workspace } = this.stack;
    const which = ["deployment", deployment.name, "--namespace", deployment.namespace];
    const printed = await workspace.run("kubectl", "get", ...which, "--output", "json");
    const { spec } = JSON.parse(printed) as Deployment;
    const labels = { app: name };
    const containers = spec.template.spec.containers.map((each) => ({ ...each, image }));
    const account = { serviceAccountName: "default", serviceAccount: "default" };
    return {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name },
      spec: {
        ...spec,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { ...spec.template.spec, ...account, containers } },
      },
    };
  }

  private write(path: string, content: unknown): void {
    this.stack.workspace.write(path, JSON.stringify(content));
  }
}
