import type { RolloutRole } from "../../components/shared/contracts";
import { managedHere } from "../../components/shared/labels";
import { besideName } from "../../components/shared/names";
import type { Api } from "../kubernetes/api";
import { dyingText } from "./gone";
import { workloadsOf } from "./sights";
import { lacking, serves, stoodOnce, titleOf, type Workload } from "./workload";

/** What is looked at before anything is declared. */
export interface ReadinessScope {
  /** Namespace of the projects. */
  namespace: string;
  /** Kubernetes name of the one project that an update is limited to. */
  app?: string | undefined;
  /** Namespace of the platform's own DaemonSets, where it has any. */
  platform?: string | undefined;
}

/** The workloads before anything was declared: one with another generation afterwards was changed by this update. */
export class Before {
  /** Deployments and DaemonSets. */
  readonly workloads: Promise<ReadonlyMap<string, Workload>>;
  /** Names of the Jobs that had passed by then; undefined where they cannot be listed. */
  private jobsPassed: ReadonlySet<string> | undefined;
  /** The projects' Deployments by then; none where they cannot be listed. */
  deployed: readonly Extract<Workload, { kind: "Deployment" }>[] = [];

  constructor(api: Promise<Api>, scope: ReadinessScope) {
    // If they cannot be listed, everything counts as changed; whoever waits then gets the error.
    this.workloads = this.look(api, scope).catch(() => new Map<string, Workload>());
  }

  passed(job: string): boolean {
    return this.jobsPassed?.has(job) ?? true;
  }

  replicas(deployment: string): number | undefined {
    return this.deployed.find(({ metadata }) => metadata.name === deployment)?.spec?.replicas;
  }

  /** Whether a workload was already incomplete before this update, which is not about it. */
  async isEarlier(live: Workload, { outgoing = false }: RolloutRole): Promise<boolean> {
    if (dyingText(live.metadata) !== undefined) return false;
    const earlier = (await this.workloads).get(keyOf(live));
    const { uid, generation } = live.metadata;
    if (earlier === undefined || earlier.metadata.uid !== uid) return false;
    if (outgoing && !serves(earlier)) return true;
    return earlier.metadata.generation === generation && (outgoing || stoodOnce(live));
  }

  private async look(
    reached: Promise<Api>,
    { namespace, app, platform }: ReadinessScope,
  ): Promise<ReadonlyMap<string, Workload>> {
    const api = await reached;
    const of = async (kind: Workload["kind"], where: string): Promise<Workload[]> => {
      const label = kind === "Job" && app !== undefined ? besideName(app, "check") : app;
      const labelSelector = label === undefined ? managedHere : `${managedHere},app=${label}`;
      return await workloadsOf(api, { kind, namespace: where }, { labelSelector });
    };
    const [deployments, jobs, daemonSets] = await Promise.all([
      of("Deployment", namespace),
      of("Job", namespace),
      platform === undefined ? [] : of("DaemonSet", platform),
    ]);
    const passed = jobs.filter((job) => lacking(job) === undefined);
    this.deployed = deployments.filter((live) => live.kind === "Deployment");
    this.jobsPassed = new Set(passed.map(({ metadata }) => metadata.name ?? ""));
    return new Map([...deployments, ...daemonSets].map((live) => [keyOf(live), live]));
  }
}

const keyOf = (live: Workload): string => `${live.metadata.namespace ?? ""}/${titleOf(live)}`;
