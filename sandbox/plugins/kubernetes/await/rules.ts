import { groupOf, isAnnotated, type KubeObject } from "../objects";
import { daemonSet } from "./daemonset";
import { definition } from "./definition";
import { deployment } from "./deployment";
import { job } from "./job";
import { pod } from "./pod";
import { quota } from "./quota";
import type { Rule } from "./rule";
import { service } from "./service";
import { statefulSet } from "./statefulset";
import { volume, volumeClaim } from "./volume";

/**
 * Kinds that are waited for. Not an Ingress: on-premises controllers seldom publish an address, and what serves is told by
 * the Deployments behind it.
 */
const rules: Readonly<Record<string, Rule>> = {
  "apps/DaemonSet": daemonSet,
  "apps/Deployment": deployment,
  "apps/StatefulSet": statefulSet,
  "batch/Job": job,
  "apiextensions.k8s.io/CustomResourceDefinition": definition,
  "/PersistentVolume": volume,
  "/PersistentVolumeClaim": volumeClaim,
  "/Pod": pod,
  "/ResourceQuota": quota,
  "/Service": service,
};

/** The rule an object is waited for by; undefined if it is as good as it gets once it is written. */
export const ruleFor = (object: KubeObject): Rule | undefined =>
  isAnnotated(object, "skipAwait")
    ? undefined
    : rules[`${groupOf(object.apiVersion)}/${object.kind}`];
