import type { ApiError } from "./api-error";
import { groupOf } from "./objects";
import { isWithin, parsePath, type Path } from "../rpc/paths";

/** What decides over a replacement beside the fields that changed. */
export interface ReplaceOptions {
  readonly enableConfigMapMutable: boolean;
  readonly enableSecretMutable: boolean;
}

/** A kind of objects. */
interface Typed {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * Fields whose change replaces the object, by group and kind: the same as in the official plugin (forceNew in
 * provider/pkg/provider/diff.go of pulumi-kubernetes 4.32), also where Kubernetes has become more lenient since.
 */
const table: Readonly<Record<string, readonly string[]>> = {
  "apps/DaemonSet": ["spec.selector"],
  "apps/Deployment": ["spec.selector"],
  "apps/StatefulSet": [
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
  "batch/Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "storage.k8s.io/StorageClass": ["parameters", "provisioner"],
  "/PersistentVolume": ["csi", "hostPath", "iscsi", "local", "nfs"].map(
    (source) => `spec.${source}`,
  ),
  "/PersistentVolumeClaim": [
    "spec.accessModes",
    "spec.selector",
    "spec.storageClassName",
    "spec.volumeName",
  ],
  "/Pod": ["spec"],
  "/ResourceQuota": ["spec.scopes"],
  "/Secret": ["type"],
  "/Service": ["spec.clusterIP"],
};

/** What may be changed on a running pod after all. */
const mutableInPods = ["spec.activeDeadlineSeconds", "spec.tolerations"].map(parsePath);

/** Kinds that hold data or that others live in: only the program may have them replaced, never a guess from an error. */
const precious = new Set([
  "/Namespace",
  "/PersistentVolume",
  "/PersistentVolumeClaim",
  "apps/StatefulSet",
  "apiextensions.k8s.io/CustomResourceDefinition",
]);

/** Does a change at this path replace the object? `immutable` is the object's own field of that name. */
export function replaces(
  path: Path,
  object: Typed & { readonly immutable?: unknown },
  options: ReplaceOptions,
): boolean {
  const key = keyOf(object);
  const frozen = object.immutable === true;
  const roots = ["metadata.name", "metadata.namespace", "kind", ...(table[key] ?? [])];
  if (key === "/ConfigMap" && (frozen || !options.enableConfigMapMutable)) {
    roots.push("data", "binaryData");
  }
  if (key === "/Secret" && (frozen || !options.enableSecretMutable)) {
    roots.push("data", "stringData");
  }
  if (key === "/Pod" && mutableInPods.some((root) => isWithin(path, root))) return false;
  return roots.some((root) => isWithin(path, parsePath(root)));
}

/**
 * Fields that the server calls immutable in its answer to a dry run: the source of replacements for kinds and fields that
 * the table does not have, custom resources among them. "Forbidden" alone is never taken for that: quota, admission and
 * access rights say the same word, and a wrong guess deletes a live object.
 */
export function immutableFields(object: Typed, error: ApiError): Path[] {
  if (!error.isInvalid || precious.has(keyOf(object))) return [];
  return error.causes
    .filter(({ field, message = "" }) => field !== undefined && saysImmutable.test(message))
    .map(({ field = "" }) => parsePath(field));
}

/** How Kubernetes' validations put it (apimachinery's FieldImmutableErrorMsg, and the few that do not use it). */
const saysImmutable =
  /\bimmutable\b|may not (?:be changed|change once set)|cannot change \w+|^Forbidden: updates to \w+ are forbidden/i;

const keyOf = ({ apiVersion, kind }: Typed): string => `${groupOf(apiVersion)}/${kind}`;
