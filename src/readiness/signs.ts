import type { V1ContainerStatus, V1Deployment, V1Pod } from "@kubernetes/client-node";
import { dyingText } from "./gone";
import { holding, isObserved, type Workload } from "./workload";

/**
 * Signs that a rollout cannot succeed, long before its deadline. Anything that may pass by itself is no sign: an unreachable
 * registry, a pod without a suitable node, a slow start, a restart or two. Those are left to the progress deadline, which is
 * itself a sign.
 */

export interface Sign {
  name: SignName;
  /** One line for a person. */
  text: string;
}

/** A container that has ended this often is in a loop: the kubelet has restarted it at once, after 10 s and after 20 s. */
const manyRestarts = 3;

/** Seconds that a sign must last before it is certain, with the reason. */
export const sureAfter = {
  /** The Job's controller has given up for good. */
  JobFailed: 0,
  /** Only a person resumes it. */
  Paused: 0,
  /** An invalid image name is never pulled; only a changed spec helps. */
  InvalidImageName: 0,
  /** It ended, was restarted three times with growing pauses, and ended each time. */
  CrashLoop: 0,
  /** A deletion may be followed by a creation, with this check in between. */
  Gone: 5,
  /** Its pods have another image than declared: whoever changed it may change it back. */
  Changed: 5,
  /** The condition may be left over from the previous rollout until the controller has updated it. */
  ProgressDeadlineExceeded: 10,
  /** The registry has answered that the image does not exist. A push or a mirror may be in progress: tried twice. */
  ImageNotFound: 15,
  /** The registry denies access. A credential may be in renewal. */
  PullDenied: 30,
  /** It refers to a missing key, Secret or user; somebody may be about to create it. */
  CreateContainerConfigError: 30,
  /** Quota or admission. Terminating pods count towards a quota for up to their grace period: 30 s. */
  Forbidden: 45,
} as const;
export type SignName = keyof typeof sureAfter;

/** The signs that a workload and the pods of its new version show at this moment. */
export function signsOf(workload: Workload, pods: readonly V1Pod[], refused?: string): Sign[] {
  const dying = dyingText(workload.metadata);
  if (dying !== undefined) return [{ name: "Gone", text: dying }];
  if (!isObserved(workload)) return [];
  return [...ownSigns(workload), ...forbidden(refused), ...pods.flatMap(podSigns)];
}

function ownSigns(workload: Workload): Sign[] {
  switch (workload.kind) {
    case "Deployment":
      return deploymentSigns(workload);
    case "Job": {
      const failed = holding(workload.status?.conditions, "Failed");
      const words = `${failed?.reason ?? "failed"}: ${failed?.message ?? "no message"}`;
      return failed === undefined ? [] : [{ name: "JobFailed", text: words }];
    }
    case "DaemonSet":
      return [];
  }
}

function deploymentSigns({ spec, status }: V1Deployment): Sign[] {
  const signs: Sign[] = [];
  if (spec?.paused === true) {
    signs.push({ name: "Paused", text: "it is paused; kubectl rollout resume lets it go on" });
  }
  const progress = status?.conditions?.find(({ type }) => type === "Progressing");
  if (progress?.status === "False" && progress.reason === "ProgressDeadlineExceeded") {
    const text = `no progress for ${spec?.progressDeadlineSeconds ?? 600} s`;
    signs.push({ name: "ProgressDeadlineExceeded", text });
  }
  const refused = holding(status?.conditions, "ReplicaFailure");
  return [...signs, ...(refused?.reason === "FailedCreate" ? forbidden(refused.message) : [])];
}

/** A pod that the API server refuses; for example, a webhook that does not answer may do so the next time. */
const forbidden = (text = ""): Sign[] =>
  /forbidden|denied|invalid/i.test(text) ? [{ name: "Forbidden", text }] : [];

function podSigns({ metadata, status }: V1Pod): Sign[] {
  const containers = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ];
  return containers.flatMap((container) => {
    const sign = containerSign(container);
    const where = `pod ${metadata?.name ?? ""}, container ${container.name}`;
    return sign === undefined ? [] : [{ ...sign, text: `${where}: ${sign.text}` }];
  });
}

/** Messages of registries and runtimes about an image that does not exist. */
const notFound = /not found|manifest unknown|name unknown|\b404\b/i;
/** Their messages about denied access. */
const denied = /unauthorized|authentication required|denied|forbidden|\b40[13]\b/i;

function containerSign({ state, lastState, restartCount }: V1ContainerStatus): Sign | undefined {
  const [reason = "", message = ""] = [state?.waiting?.reason, state?.waiting?.message];
  const text = message === "" ? reason : `${reason}: ${message}`;
  switch (reason) {
    case "InvalidImageName":
    case "CreateContainerConfigError":
      return { name: reason, text };
    case "ErrImagePull":
    case "ImagePullBackOff": {
      // "pull access denied, repository does not exist or may require authorization" can mean either.
      if (denied.test(message)) return { name: "PullDenied", text };
      return notFound.test(message) ? { name: "ImageNotFound", text } : undefined;
    }
    case "CrashLoopBackOff": {
      if (restartCount < manyRestarts) return undefined;
      const { exitCode, reason: why = "Error" } = lastState?.terminated ?? {};
      const last = exitCode === undefined ? "" : `, last with exit code ${exitCode}`;
      const because = why === "Error" ? "" : ` (${why})`;
      return { name: "CrashLoop", text: `it has ended ${restartCount + 1} times${last}${because}` };
    }
    default:
      return undefined;
  }
}

/** A sign that reappears within this many seconds counts as continuous: kubelets show some only at each attempt. */
const memory = 30;

/** Remembers since when each sign of a rollout has been present. */
export class Since {
  private readonly seen = new Map<SignName, { first: number; last: number }>();

  /** The first sign that is certain at a moment, in seconds. */
  sure(signs: readonly Sign[], now: number): Sign | undefined {
    for (const { name } of signs) {
      const { first, last } = this.seen.get(name) ?? { first: now, last: now };
      this.seen.set(name, { first: now - last > memory ? now : first, last: now });
    }
    return signs.find(({ name }) => now - (this.seen.get(name)?.first ?? now) >= sureAfter[name]);
  }
}
