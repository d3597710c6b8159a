import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import type { Repository, Say } from "../../components/backup/spec";
import { UserError } from "../../components/shared/problem";
import { kubectl } from "../kubernetes/kubectl";
import type { ReleasedProject } from "../rollout/project";
import type { Session } from "../engine/session";
import { failure } from "./explain";
import { inMemory } from "./place";

const Container = z.looseObject({
  volumeMounts: z.array(z.looseObject({ name: z.string(), readOnly: z.boolean().optional() })),
});
const JobSpec = z.looseObject({
  template: z.looseObject({ spec: z.looseObject({ containers: z.array(Container) }) }),
});
const CronJob = z.object({
  metadata: z.object({ name: z.string(), uid: z.string() }),
  spec: z.object({ jobTemplate: z.object({ spec: JobSpec }) }),
});
/** A Job as the CronJob controller creates it. */
export type JobSpec = z.output<typeof JobSpec>;

/** Templates and owners of Jobs. */
export interface Template {
  spec: JobSpec;
  /** Pods are deleted with their Job: a completed pod keeps its volume's claim from being deleted. */
  owner: { name: string; uid: string };
}

const Conditions = z.object({
  status: z
    .object({
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
    })
    .prefault({}),
});

/** Where a Job is run from. */
interface JobArgs {
  name: string;
  template: Template;
  /** What it does, for error messages. */
  operation: string;
  /** Whether a running Job of that name must be deleted first: it may do something else. */
  fresh?: boolean;
}

/** Jobs in a project's namespace, that read or write its volumes. */
export class Jobs {
  constructor(
    private readonly session: Session,
    private readonly project: ReleasedProject,
    private readonly repository: Repository,
  ) {}

  /** Runs kubectl in the project's namespace. */
  async kubectl(...args: string[]): Promise<string> {
    const { namespace, config } = this.project;
    return await kubectl(this.session, config, ["--namespace", namespace, ...args]);
  }

  /** The Job that a CronJob would start. */
  async template(cronJob: string): Promise<Template> {
    const text = await this.kubectl(
      "get",
      "cronjob",
      cronJob,
      "--ignore-not-found",
      "--output=json",
    );
    if (text.trim() !== "") {
      const { metadata, spec } = CronJob.parse(JSON.parse(text));
      return { spec: spec.jobTemplate.spec, owner: metadata };
    }
    throw new UserError(
      `${this.repository.path}: the cluster has no CronJob ${cronJob}\n  fix:  pulumi up --stack ${this.session.stack}`,
      2,
    );
  }

  /** Runs a Job to its end. If one of that name already runs, waits for that one: it may belong to a killed run. */
  async run({ name, template, operation, fresh = false }: JobArgs, say: Say): Promise<void> {
    const before = await this.state(name);
    if (before === "running" && !fresh) {
      say("one runs already: waiting for it");
    } else {
      if (before !== undefined) {
        await this.kubectl("delete", "job", name, "--cascade=foreground", "--wait");
      }
      const { owner, spec } = template;
      const cronJob = { apiVersion: "batch/v1", kind: "CronJob", ...owner, controller: true };
      const metadata = { name, ownerReferences: [cronJob] };
      const job = { apiVersion: "batch/v1", kind: "Job", metadata, spec };
      await inMemory(async (folder) => {
        const file = join(folder, "job.json");
        writeFileSync(file, JSON.stringify(job));
        await this.kubectl("create", "--filename", file);
      });
    }
    for (;;) {
      const state = await this.state(name);
      if (state === "complete") return;
      if (state === "failed" || state === undefined) {
        throw failure(
          this.repository,
          this.session.stack,
          operation,
          (await this.log(name)) || "its Job failed without output",
        );
      }
      say((await this.log(name)).trim().split("\n").at(-1) || "its pod is starting");
      await pause(1500);
    }
  }

  private async state(name: string): Promise<"running" | "complete" | "failed" | undefined> {
    const text = await this.kubectl("get", "job", name, "--ignore-not-found", "--output=json");
    if (text.trim() === "") return undefined;
    const { conditions } = Conditions.parse(JSON.parse(text)).status;
    const has = (type: string) =>
      conditions.some((condition) => condition.type === type && condition.status === "True");
    if (has("Complete")) return "complete";
    return has("Failed") ? "failed" : "running";
  }

  /** The last lines of its pods; none while there is nothing to read. */
  private async log(name: string): Promise<string> {
    const args = ["logs", "--selector", `job-name=${name}`, "--tail=20"];
    return await this.kubectl(...args).catch(() => "");
  }
}
