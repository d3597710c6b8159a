import { nearest } from "../../components/shared/nearest";
import type { Problem } from "../../components/shared/problem";
import { isRefused, type Api } from "../kubernetes/api";
import type { NamespaceSettings } from "../../components/namespace/types";
import type { ProjectsSettings } from "../projects/types";

/** The part of a storage class that is read. */
export interface StorageClass {
  metadata: { name: string; annotations?: Readonly<Record<string, string>> };
  /** Whether its claims can be enlarged. */
  allowVolumeExpansion?: boolean;
}

const isDefault = "storageclass.kubernetes.io/is-default-class";

/**
 * A storage class that the cluster does not have: its claims, and their pods, would stay pending for ever. If access to classes
 * is denied, nothing is reported.
 */
export function classProblems(
  classes: readonly StorageClass[] | undefined,
  {
    stack,
    storage,
    images,
  }: {
    stack: string;
    storage: NamespaceSettings["storage"];
    images: Pick<ProjectsSettings["images"], "projects">;
  },
): Problem[] {
  if (classes === undefined || !anyVolumes(images)) return [];
  const names = classes.map(({ metadata }) => metadata.name).sort();
  const given = storage.class;
  const found =
    given === undefined
      ? classes.some(({ metadata }) => metadata.annotations?.[isDefault] === "true")
      : names.includes(given);
  if (found) return [];
  const known = names.length === 0 ? "; it has none" : `: ${names.join(", ")}`;
  const meant = given === undefined ? names[0] : nearest(given, names);
  return [
    {
      file: `Pulumi.${stack}.yaml`,
      path: "slipway:storage.class",
      given,
      allowed:
        given === undefined
          ? `a class of the cluster, because none is its default${known}`
          : `a class of the cluster${known}`,
      fix:
        meant === undefined
          ? "give the cluster one: volumes come from it"
          : `\`slipway:storage: { class: ${meant} }\``,
    },
  ];
}

/** Whether any project has volumes: only then do storage classes matter. */
export const anyVolumes = ({ projects }: Pick<ProjectsSettings["images"], "projects">): boolean =>
  projects.some(({ spec }) => Object.keys(spec.volumes).length > 0);

/** The cluster's storage classes; undefined if access is denied. */
export async function classesOf(api: Api): Promise<StorageClass[] | undefined> {
  try {
    return await api.list<StorageClass>("/apis/storage.k8s.io/v1/storageclasses");
  } catch (error) {
    if (isRefused(error)) return undefined;
    throw error;
  }
}
