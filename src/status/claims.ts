import { place, type Document } from "../../components/shared/config/document";
import type { Problem } from "../../components/shared/problem";
import { byteCount, bytesPattern, type Bytes } from "../../components/shared/units";
import type { Claim, ClaimSpec } from "./objects";
import type { StorageClass } from "./storage-class";

/** A volume of a project, and the file that declares it. */
export interface DeclaredVolume {
  document: () => Document;
  volume: string;
  /** Its size comes from a version's kept settings, not from the file: such a claim keeps its size. */
  kept: boolean;
}

/** What declared claims are checked against. */
export interface ClaimsGiven {
  stack: string;
  /** The cluster's storage classes; undefined where nobody may list them. */
  classes?: readonly StorageClass[] | undefined;
  /** Where files declare claims, by their names. */
  volumes?: ReadonlyMap<string, DeclaredVolume>;
}

/** Changes that would replace an existing claim, or that the API server refuses. */
export function claimProblems(
  name: string,
  declared: ClaimSpec = {},
  claims: ReadonlyMap<string, Claim>,
  given: ClaimsGiven,
): Problem[] {
  const { metadata, spec: live } = claims.get(name) ?? {};
  if (live === undefined) return [];
  if (metadata?.deletionTimestamp !== undefined) return [ending(name, metadata.deletionTimestamp)];
  const { accessModes, storageClassName } = declared;
  const [size, made] = [sizeOf(declared), sizeOf(live)];
  const kept = given.volumes?.get(name)?.kept === true;
  const problem = (key: "access" | "class" | "size", now: unknown, was: unknown): Problem =>
    located(given, name, key, {
      given: now,
      allowed: `${JSON.stringify(was)}, as PersistentVolumeClaim ${name} was created: it cannot be changed to that, and a new one would be empty`,
      fix: "undo the change; or declare a volume of another name, and move the data there first",
    });
  const problems: Problem[] = [];
  if (JSON.stringify(accessModes) !== JSON.stringify(live.accessModes))
    problems.push(problem("access", accessModes, live.accessModes));
  if (storageClassName !== undefined && storageClassName !== live.storageClassName)
    problems.push(problem("class", storageClassName, live.storageClassName));
  const tooSmall = smaller(size, made) && !kept;
  const tooLarge = smaller(made, size) && isFixed(live.storageClassName, given.classes);
  if (tooSmall || tooLarge) problems.push(problem("size", size, made));
  return problems;
}

/** Gives a problem the file and path that declare the value. */
function located(
  { stack, volumes }: ClaimsGiven,
  name: string,
  key: "access" | "class" | "size",
  problem: Omit<Problem, "file" | "path">,
): Problem {
  const at = volumes?.get(name);
  if (key === "class")
    return { file: `Pulumi.${stack}.yaml`, path: "slipway:storage.class", ...problem };
  if (at === undefined) return { file: `PersistentVolumeClaim ${name}`, path: key, ...problem };
  return place(at.document(), ["volumes", at.volume, key], problem);
}

/** The current size of a claim, where the version to go back to had a smaller one: no claim can shrink. */
export function keptSize(
  name: string,
  declared: ClaimSpec = {},
  claims: ReadonlyMap<string, Claim>,
  volumes: ClaimsGiven["volumes"],
): string | undefined {
  if (volumes?.get(name)?.kept !== true) return undefined;
  const made = sizeOf(claims.get(name)?.spec);
  return smaller(sizeOf(declared), made) ? made : undefined;
}

const sizeOf = (spec: ClaimSpec | undefined): string | undefined =>
  spec?.resources?.requests?.storage;

/** Whether claims of a class cannot grow; unknown classes can. */
function isFixed(name: string | undefined, classes: readonly StorageClass[] = []): boolean {
  const found = classes.find(({ metadata }) => metadata.name === name);
  return found !== undefined && found.allowVolumeExpansion !== true;
}

/** Ending the pod that still uses the claim deletes its data. */
const ending = (name: string, since: string): Problem => ({
  file: `PersistentVolumeClaim ${name}`,
  path: "metadata.deletionTimestamp",
  given: since,
  allowed:
    "a claim that is not being deleted: this one is deleted, with its data, once the pod that uses it ends",
  fix: "copy its data out of the pod, and set its volume to `persistentVolumeReclaimPolicy: Retain`, before you change anything of the project",
});

/** Whether one size is below another; sizes in a format other than ours are not compared. */
function smaller(size: string | undefined, than: string | undefined): boolean {
  const [a, b] = [size, than].map((text) =>
    text !== undefined && bytesPattern.test(text) ? byteCount(text as Bytes) : undefined,
  );
  return a !== undefined && b !== undefined && a < b;
}
