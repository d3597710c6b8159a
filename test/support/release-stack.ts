import * as assert from "node:assert/strict";
import { execa } from "execa";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseDocument } from "yaml";
import { readContract } from "../../components/cluster/sandbox";
import { layout } from "../../sandbox/layout";
import { sessionEnv } from "../../sandbox/session";
import type { ReleaseRecord } from "../../src/records/record";
import { ProgramCopy } from "../../sandbox/program-copy";
import { pushVersion, type Behaviour } from "./release-images";
import { contractPath } from "../../sandbox/contract";

/** The released project, and one that stays unchanged. */
export const project = "SJZY.Package.Api";
export const bystander = "SJZY.Package.Task.Api";
const ports: Readonly<Record<string, number>> = { [project]: 8086, [bystander]: 7076 };

/**
 * The tests' own cluster as seen by a stack with a kubeconfig and a registry elsewhere, whose images only the simulated node
 * runs.
 */
const elsewhere = {
  "slipway:cluster": { kind: "kubeconfig", file: "admin.yaml", identifier: "elsewhere" },
  "slipway:registry": { host: "127.0.0.1:9" },
  "slipway:check": { image: `127.0.0.1:9/tools/busybox@sha256:${"c".repeat(64)}` },
};

/** None of the projects is exposed, so none waits for a controller. */
const ingress = { controller: "external", namespace: "ingress", domain: "localhost" };

/** A copy of the program with two projects, in a namespace and a backend of its own, released by its own `slipway`. */
export class ReleaseStack {
  readonly program = new ProgramCopy();
  readonly namespace: string;

  /** @param simulated whether pods become ready at once and run nothing, for tests without requests */
  constructor(
    system: string,
    private readonly simulated = readContract(contractPath(layout())).builder === undefined,
  ) {
    this.namespace = `${system}-test`;
    const folder = join(this.program.folder, "projects");
    for (const file of readdirSync(folder)) rmSync(join(folder, file));
    for (const name of [project, bystander]) this.settings(name, "rolling");
    this.program.edit("Pulumi.test.yaml", (text) => {
      const document = parseDocument(text);
      document.setIn(["config", "slipway:system"], system);
      document.setIn(["config", "slipway:ingress"], ingress);
      document.deleteIn(["config", "slipway:releases"]);
      document.deleteIn(["config", "slipway:nodePorts"]);
      for (const [key, value] of simulated ? Object.entries(elsewhere) : []) {
        document.setIn(["config", key], value);
      }
      return document.toString();
    });
  }

  /** Writes a project's file. */
  settings(name: string, strategy: string, ...more: string[]): void {
    const text = [
      `name: ${name}\nkind: back\nport: ${this.port(name)}\nreplicas: ${strategy === "recreate" ? 1 : 2}`,
      "expose: none\nprobes: { check: /healthz, startSeconds: 20, pullSeconds: 20 }",
      ...more,
      `strategy: ${strategy}\n`,
    ].join("\n");
    writeFileSync(join(this.program.folder, "projects", `${name}.yaml`), text);
  }

  /** Without real pods nothing listens, so two projects may differ only in their names. */
  private readonly port = (name: string): number =>
    (this.simulated ? undefined : ports[name]) ?? 8080;

  /** A version that the registry has; if all nodes are simulated no image is checked. */
  async version(name: string, version: string, behaviour: Behaviour = "good"): Promise<string> {
    if (this.simulated) return this.imagined(name, version);
    return await pushVersion({ project: name, port: this.port(name), version, behaviour });
  }

  /** A digest that no image has. */
  imagined(name: string, version: string): string {
    return `sha256:${Buffer.from(`${name}${version}`).toString("hex").padEnd(64, "0").slice(-64)}`;
  }

  /** Runs `slipway … --yes --json` and returns the result; throws its output if it fails. */
  async must(...args: string[]): Promise<unknown> {
    const { exitCode, stdout, all } = await this.program.slipway(...args, "--json");
    assert.equal(exitCode, 0, all);
    return JSON.parse(stdout);
  }

  /** A project's record in the stack's file. */
  record(name = project): ReleaseRecord | undefined {
    const path = join(this.program.folder, "Pulumi.test.yaml");
    const { config } = parse(readFileSync(path, "utf8")) as { config: Record<string, unknown> };
    return (config["slipway:releases"] as Record<string, ReleaseRecord> | undefined)?.[name];
  }

  /** Runs kubectl in the stack's namespace. */
  async kubectl(...args: string[]): Promise<string> {
    const all = ["--namespace", this.namespace, ...args];
    return (await execa("kubectl", all, { env: sessionEnv(layout()) })).stdout;
  }

  /** Names of a project's live objects with the images of its Deployments. */
  async objects(app = "sjzy-package-api"): Promise<string[]> {
    const kinds = "deployments,services,daemonsets,jobs,ingresses";
    const which = ["--namespace", this.namespace, "--selector", `app=${app}`];
    const { stdout } = await execa("kubectl", ["get", kinds, ...which, "--output=json"], {
      env: sessionEnv(layout()),
    });
    const { items } = JSON.parse(stdout) as { items: Live[] };
    return items
      .map(({ kind, metadata, spec }) => {
        const image = spec.template?.spec.containers[0]?.image.replace(/^.*@/, "");
        return [kind, metadata.name, ...(kind === "Deployment" ? [image, spec.replicas] : [])];
      })
      .map((parts) => parts.join(" "))
      .sort();
  }

  /** The state of everything outside the project, by URN, except the engine's own providers. */
  async others(name = "sjzy-package-api"): Promise<Record<string, unknown>> {
    const { stdout } = await this.program.pulumi("stack", "export", "--stack", "test");
    const { deployment } = JSON.parse(stdout) as { deployment: { resources: State[] } };
    return Object.fromEntries(
      deployment.resources
        .filter(
          ({ urn }) =>
            !new RegExp(`::${name}(--.*)?$`).test(urn) && !/:Stack::|::pulumi:providers:/.test(urn),
        )
        .map(({ urn, inputs, modified }) => [urn, { inputs, modified }]),
    );
  }

  async remove(): Promise<void> {
    // Volumes are protected from exactly this.
    await this.program.pulumi("state", "unprotect", "--all", "--yes");
    await this.program.destroy();
    this.program.remove();
  }
}

interface Live {
  kind: string;
  metadata: { name: string };
  spec: {
    replicas?: number;
    template?: { spec: { containers: { image: string }[] } };
  };
}
interface State {
  urn: string;
  inputs?: unknown;
  modified?: string;
}
