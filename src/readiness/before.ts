import type { RolloutRole } from "../../components/shared/contracts";
import { managedHere } from "../../components/shared/labels";
import { besideName } from "../../components/shared/names";
import type { Api } from "../kubernetes/api";
import { dyingText } from "./gone";
import { workloadsOf } from "./sights";
import { lacking, serves, stoodOnce, titleOf, type Workload } from "./workload";

/** What is looked at before anything is declared. */
export interface Scope {
  /** Namespace of the projects. */
  namespace: string;
  /** Kubernetes name of the one project that an update is limited to. */
  app?: string | undefined;
  /** Namespace of the platform's own DaemonSets, where it has any. */
  platform?: string | undefined;
}

/** The workloads that there were before anything was declared: what has another generation then is changed. */
export class Before {
  /** Deployments and DaemonSets. */
  readonly workloads: Promise<ReadonlyMap<string, Workload>>;
  /** Names of the Jobs that had passed by then; undefined where nobody can tell. */
  private jobsPassed: ReadonlySet<string> | undefined;
  /** The projects' Deployments by then; none where nobody can tell. */
  deployed: readonly Extract<Workload, { kind: "Deployment" }>[] = [];

  constructor(api: Promise<Api>, scope: Scope) {
    // Where that cannot be told everything counts as changed; whoever then waits hears why.
    this.workloads = this.look(api, scope).catch(() => new Map<string, Workload>());
  }

  passed(job: string): boolean {
    return this.jobsPassed?.has(job) ?? true;
  }

  replicas(deployment: string): number | undefined {
    return this.deployed.find(({ metadata }) => metadata.name === deployment)?.spec?.replicas;
  }

  /** Whether what a workload lacks, it lacked before this update, and whether it comes up is not what this one is about. */
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
    { namespace, app, platform }: Scope,
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
