import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { checkDeadline, checkJobSpec } from "../../components/app/check";
import { podsOf, type QueryFacts } from "../../components/app/query";
import { firstSlot, isHalves, slots } from "../../components/app/rollout";
import { objectLabels } from "../../components/shared/labels";
import { besideName, engineNameBeside, pullSecretName } from "../../components/shared/names";
import { UserError } from "../../components/shared/problem";
import { refused } from "../stack/refusal";
import { kubectl } from "../kubernetes/kubectl";
import type { ReleasedProject } from "../rollout/project";
import { probeImageOf } from "../projects/probe-image";
import type { ReleaseRecord } from "../records/record";
import type { Session } from "../engine/session";
import type { ReleaseCheck } from "../../components/app/release-check";

const State = z.object({
  deployment: z.object({ resources: z.array(z.object({ urn: z.string() })).default([]) }),
});

/** Whether a stack, as `pulumi stack export` prints it, has what a project's check needs in the cluster. */
export const hasCheck = (exported: unknown, name: string): boolean =>
  State.parse(exported).deployment.resources.some(({ urn }) =>
    urn.endsWith(`NetworkPolicy::${engineNameBeside(name, "check")}`),
  );

/** A version that serves, and how to check it. */
export interface VerifyArgs {
  known: Pick<ReleasedProject, "project" | "name" | "namespace" | "spec" | "config">;
  check: ReleaseCheck;
  record: Pick<ReleaseRecord, "digest" | "tag" | "commit" | "slot">;
  /** Image with busybox. */
  probeImage: string;
  /** Distinguishes two verifications. */
  id: string;
}

/** The Job that runs the check against the Service that everybody uses, with the current settings; pure. */
export function verifyJob({ known, check, record, probeImage, id }: VerifyArgs) {
  const { project, name, namespace, spec, config } = known;
  const { slot = firstSlot, digest, tag, commit } = record;
  const serving = isHalves(spec.strategy) ? slots : [slot];
  const pods = serving
    .map((one) => podsOf(one === firstSlot ? name : besideName(name, one)))
    .join("|");
  const facts: QueryFacts = { project, name, namespace, pods, digest };
  const labels = objectLabels({
    name: besideName(name, "check"),
    component: "check",
    system: config.system,
    project,
  });
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: besideName(name, `verify-${id}`), namespace, labels },
    spec: {
      ...checkJobSpec({
        check,
        spec,
        labels,
        probeImage,
        tag,
        commit,
        account: name,
        service: name,
        prometheus: config.prometheus?.url,
        facts: { apply: (then) => then(facts) },
        pullSecret: config.registry?.user === undefined ? undefined : pullSecretName,
      }),
      // The cluster cleans up by itself if this process is killed.
      ttlSecondsAfterFinished: 600,
    },
  };
}

/** Runs a project's check against the serving version; returns its output, throws with its last lines if it fails. */
export async function verifyByCheck(
  session: Session,
  known: ReleasedProject,
  record: ReleaseRecord,
): Promise<string> {
  const { project, name, config, spec } = known;
  const { check } = spec;
  const found = check !== undefined && hasCheck(await session.engine.json("stack", "export"), name);
  if (!found) {
    throw refused(`${project} is not verified`, [
      {
        file: `projects/${project}.yaml`,
        path: "check",
        allowed: "a check that can run: {path: /healthz}, or {job: {command: […]}}",
        fix:
          check === undefined
            ? "add one and release once; or say how it was verified: --how …"
            : `the stack does not have it yet: pulumi up --stack ${session.stack}; or say how it was verified: --how …`,
      },
    ]);
  }
  const probeImage = probeImageOf(config, session.sandbox) ?? "";
  const job = verifyJob({ known, check, record, probeImage, id: randomBytes(4).toString("hex") });
  const { name: jobName, namespace } = job.metadata;
  const run = (...args: string[]) => kubectl(session, config, [...args, "--namespace", namespace]);
  const folder = mkdtempSync(join(tmpdir(), "slipway-verify-"));
  try {
    const file = join(folder, "job.json");
    writeFileSync(file, JSON.stringify(job));
    await run("create", "--filename", file);
    const seconds = checkDeadline(check) + 30;
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

/** How a Job ended: `Complete`, or a sentence. */
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
