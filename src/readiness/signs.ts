import type { V1ContainerStatus, V1Deployment, V1Pod } from "@kubernetes/client-node";
import { dyingText } from "./gone";
import { holding, isObserved, type Workload } from "./workload";

/**
 * What tells that a rollout cannot succeed as it stands, long before its time is over. Whatever may pass by itself is no sign:
 * a registry that does not answer, a pod that no node has room for, a start that is slow, a restart or two. Those are left
 * to the progress deadline, which is itself one.
 */

/** One sign. */
export interface Sign {
  name: SignName;
  /** One line for a person. */
  text: string;
}

/** A container that has ended so often is in a loop: the kubelet has started it anew at once, after 10 s and after 20 s. */
const manyRestarts = 3;

/** Seconds that a sign must have been there until it is sure, and why. */
export const sureAfter = {
  /** A Job's controller says so for good. */
  JobFailed: 0,
  /** Only a person resumes it. */
  Paused: 0,
  /** A name that cannot be read is never pulled, and only another spec has another name. */
  InvalidImageName: 0,
  /** It ended, was started anew three times with growing pauses, and ended each time. */
  CrashLoop: 0,
  /** Whoever deletes it may create it anew, and a look may come between. */
  Gone: 5,
  /** Its pods have another image than it is declared with: whoever has changed it may take it back. */
  Changed: 5,
  /** Of a rollout before this one the condition still says so until the controller has counted once. */
  ProgressDeadlineExceeded: 10,
  /** The registry has answered that there is none. A push or a mirror may just be under way: asked twice. */
  ImageNotFound: 15,
  /** It has answered that we may not. A credential may just be being renewed. */
  PullDenied: 30,
  /** It refers to a key, a Secret or a user that there is none of; somebody may be about to create it. */
  CreateContainerConfigError: 30,
  /** Quota or admission. Pods that are ending still count towards a quota, for as long as they may take: 30 s. */
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

/** A pod that the API server does not let in; a webhook that does not answer, for one, may answer the next time. */
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

/** What registries and runtimes call an image that is not there. */
const notFound = /not found|manifest unknown|name unknown|\b404\b/i;
/** What they say to whom they do not know. */
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
      // "pull access denied, repository does not exist or may require authorization" means either.
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

/** A sign that is seen again within this many seconds has been there meanwhile: kubelets show some only at each attempt. */
const memory = 30;

/** Remembers since when each sign of a rollout has been there. */
export class Since {
  private readonly seen = new Map<SignName, { first: number; last: number }>();

  /** The first of the signs at a moment, in seconds, that is sure by then. */
  sure(signs: readonly Sign[], now: number): Sign | undefined {
    for (const { name } of signs) {
      const { first, last } = this.seen.get(name) ?? { first: now, last: now };
      this.seen.set(name, { first: now - last > memory ? now : first, last: now });
    }
    return signs.find(({ name }) => now - (this.seen.get(name)?.first ?? now) >= sureAfter[name]);
  }
}
