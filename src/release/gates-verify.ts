import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { besideName, labelValue } from "../../components/shared/names";
import { UserError } from "../../components/shared/problem";
import { refused } from "./gates";
import { kubectl } from "./kubectl";
import type { ReleasedProject } from "./project";
import type { Session } from "./session";

const Variable = z.looseObject({ name: z.string(), value: z.string().optional() });
const Container = z.looseObject({ env: z.array(Variable).default([]) });
const Job = z.looseObject({
  apiVersion: z.literal("batch/v1"),
  kind: z.literal("Job"),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.looseObject({
    activeDeadlineSeconds: z.number().default(300),
    template: z.looseObject({ spec: z.looseObject({ containers: z.array(Container) }) }),
  }),
});
export type Job = z.output<typeof Job>;

const State = z.object({
  deployment: z.object({
    resources: z.array(z.object({ inputs: z.unknown().optional() })).default([]),
  }),
});

/** The Job by which the version that serves was checked, from what `pulumi stack export` prints. */
export function checkJobOf(exported: unknown, project: string): Job | undefined {
  return State.parse(exported)
    .deployment.resources.flatMap(({ inputs }) => Job.safeParse(inputs).data ?? [])
    .find(({ metadata }) => metadata.labels["slipway/project"] === labelValue(project));
}

/** The same question again, to the Service that everybody asks; pure. */
export function againstService(job: Job, { name, id }: { name: string; id: string }): Job {
  const served = (variable: z.output<typeof Variable>): z.output<typeof Variable> => {
    const { name: key, value = "" } = variable;
    if (key === "HOST") return { ...variable, value: name };
    if (key === "TARGET")
      return { ...variable, value: value.replace(/^(\w+:\/\/)[^:/]+/, `$1${name}`) };
    return variable;
  };
  const { metadata, spec } = job;
  const { template } = spec;
  const containers = template.spec.containers.map((each) => ({
    ...each,
    env: each.env.map(served),
  }));
  const { namespace, labels } = metadata;
  return {
    ...{ apiVersion: "batch/v1", kind: "Job" },
    metadata: { name: besideName(name, `verify-${id}`), namespace, labels },
    spec: {
      ...spec,
      // Should this process be killed, the cluster tidies up by itself.
      ttlSecondsAfterFinished: 600,
      template: { ...template, spec: { ...template.spec, containers } },
    },
  };
}

/** Runs a project's check against what serves; returns what it said, throws with its last lines when it did not pass. */
export async function verifyByCheck(
  session: Session,
  { project, name, config, spec }: ReleasedProject,
): Promise<string> {
  const found = checkJobOf(await session.engine.json("stack", "export"), project);
  if (spec.check === undefined || found === undefined) {
    throw refused(`${project} is not verified`, [
      {
        ...{ file: `projects/${project}.yaml`, path: "check" },
        allowed: "a check that can be asked again: {path: /healthz}, or {job: {command: […]}}",
        mend:
          spec.check === undefined
            ? "add one and release once; or say how it was verified: --how …"
            : "it has not been released with its check yet: pulumi up; or say how: --how …",
      },
    ]);
  }
  const job = againstService(found, { name, id: randomBytes(4).toString("hex") });
  const { name: jobName, namespace } = job.metadata;
  const run = (...args: string[]) => kubectl(session, config, [...args, "--namespace", namespace]);
  const folder = mkdtempSync(join(tmpdir(), "slipway-verify-"));
  try {
    const file = join(folder, "job.json");
    writeFileSync(file, JSON.stringify(job));
    await run("create", "--filename", file);
    const seconds = job.spec.activeDeadlineSeconds + 30;
    const ended = await outcome(() => run("get", `job/${jobName}`, "--output", "json"), seconds);
    const log = await run("logs", `job/${jobName}`, "--tail", "30").catch(() => "");
    const lines = log.trim();
    if (ended === "Complete") return lines.split("\n").at(-1) || "the check passed";
    throw new UserError(`${project} is not verified: its check ${ended}\n${lines}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await run("delete", `job/${jobName}`, "--ignore-not-found", "--wait=false").catch(() => "");
  }
}

const Status = z.object({
  status: z
    .object({
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), message: z.string().default("") }))
        .default([]),
    })
    .prefault({}),
});

/** How a Job ended: `Complete`, or in words. */
async function outcome(look: () => Promise<string>, seconds: number): Promise<string> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    const { status } = Status.parse(JSON.parse(await look()));
    const last = status.conditions.find(
      ({ type, status: is }) => is === "True" && (type === "Complete" || type === "Failed"),
    );
    if (last?.type === "Complete") return last.type;
    if (last !== undefined) return `failed: ${last.message}`;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return `did not end within ${seconds} s`;
}
