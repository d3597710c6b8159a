import { z } from "zod";
import {
  restoreScript,
  volumeJobName,
  type VolumesBackup,
} from "../../components/backup/volume-job";
import type { PartOperations, Repository, Say } from "../../components/backup/spec";
import { besideName } from "../../components/shared/names";
import { selectorLabels } from "../../components/shared/labels";
import type { ReleasedProject } from "../rollout/project";
import { Jobs, type Template } from "./job";
import type { PartsArgs } from "./args";

/** What a volume's operations are created from. */
export interface VolumeArgs extends Pick<PartsArgs, "session"> {
  spec: VolumesBackup;
  repository: Repository;
  project: ReleasedProject;
  /** Its name in the project's file. */
  volume: string;
}

/** A project's volume: Jobs in the cluster read and write it. */
export function volumeOperations(args: VolumeArgs): PartOperations {
  const { session, spec, repository, project, volume } = args;
  const { name } = project;
  const jobs = new Jobs(session, project, repository);
  const cronJob = volumeJobName(name, "backup", volume);
  return {
    run: async (say) => {
      const template = withoutRetry(await jobs.template(cronJob));
      await jobs.run({ name: `${cronJob}-now`, template, operation: "the backup" }, say);
    },
    restoreInPlace: async (snapshot, say) => {
      const script = restoreScript(spec, { name, volume, snapshot });
      const writing = writingVolume(await jobs.template(cronJob), script);
      const pods = new Standstill(jobs, name);
      await pods.begin(say);
      const job = { name: besideName(name, `restore-${volume}`), template: writing, fresh: true };
      await jobs.run({ ...job, operation: "the restore" }, say);
      await pods.end(say);
    },
  };
}

/** Somebody waits for it, so it reports errors at once. */
const withoutRetry = ({ spec, owner }: Template): Template => ({
  owner,
  spec: { ...spec, backoffLimit: 0 },
});

/** The Job of a backup, changed to write what it otherwise reads. */
function writingVolume(reading: Template, script: string): Template {
  const { spec, owner } = withoutRetry(reading);
  const { template } = spec;
  const containers = template.spec.containers.map((container) => ({
    ...container,
    command: ["sh", "-c", script],
    volumeMounts: container.volumeMounts.map((mount) =>
      mount.name === "data" ? { ...mount, readOnly: false } : mount,
    ),
  }));
  const writing = { ...template, spec: { ...template.spec, containers } };
  return { owner, spec: { ...spec, template: writing } };
}

const Deployments = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        annotations: z.record(z.string(), z.string()).default({}),
        managedFields: z.array(z.object({ manager: z.string().optional() })).default([]),
      }),
      spec: z.object({ replicas: z.number() }),
    }),
  ),
});

/** Annotation in which a Deployment keeps its number of pods while it is scaled to 0. */
const memory = "slipway/replicas-before-restore";
/** Field manager of the scaling, whose entry is removed afterwards: the engine owns the number of pods. */
const manager = "slipway-restore";

/** Scales a project to 0 for a while. Continues after a killed run. */
class Standstill {
  constructor(
    private readonly jobs: Jobs,
    private readonly name: string,
  ) {}

  async begin(say: Say): Promise<void> {
    say("the project's pods end");
    for (const { metadata, spec } of await this.deployments()) {
      if (metadata.annotations[memory] !== undefined) continue;
      await this.patch(metadata.name, 0, String(spec.replicas));
    }
    const which = ["--selector", this.selector, "--timeout=300s"];
    await this.jobs.kubectl("wait", "--for=delete", "pod", ...which);
  }

  async end(say: Say): Promise<void> {
    say("the project's pods start again");
    for (const { metadata } of await this.deployments()) {
      const before = metadata.annotations[memory];
      if (before !== undefined) await this.patch(metadata.name, Number(before), null);
    }
    for (const { metadata } of await this.deployments()) {
      await this.forget(metadata.name, metadata.managedFields);
    }
  }

  private get selector(): string {
    return Object.entries(selectorLabels(this.name))
      .map(([key, value]) => `${key}=${value}`)
      .join(",");
  }

  private async deployments(): Promise<z.output<typeof Deployments>["items"]> {
    const which = ["--selector", this.selector, "--show-managed-fields", "--output=json"];
    return Deployments.parse(JSON.parse(await this.jobs.kubectl("get", "deployments", ...which)))
      .items;
  }

  private async patch(name: string, replicas: number, before: string | null): Promise<void> {
    const patch = { metadata: { annotations: { [memory]: before } }, spec: { replicas } };
    const how = ["--type=merge", "--field-manager", manager, "--patch", JSON.stringify(patch)];
    await this.jobs.kubectl("patch", "deployment", name, ...how);
  }

  /** Removes our entry from managedFields: otherwise the engine could never change the number again. */
  private async forget(
    name: string,
    fields: readonly { manager?: string | undefined }[],
  ): Promise<void> {
    const index = fields.findIndex((field) => field.manager === manager);
    if (index < 0) return;
    const path = `/metadata/managedFields/${index}`;
    const patch = [
      { op: "test", path: `${path}/manager`, value: manager },
      { op: "remove", path },
    ];
    await this.jobs.kubectl(
      "patch",
      "deployment",
      name,
      "--type=json",
      "--patch",
      JSON.stringify(patch),
    );
  }
}
