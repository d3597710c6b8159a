import { place, type Document } from "../../components/shared/config/document";
import type { Problem } from "../../components/shared/problem";
import { byteCount, bytesPattern, type Bytes } from "../../components/shared/units";
import type { Claim, ClaimSpec } from "./objects";
import type { StorageClass } from "./storage-class";

/** A volume of a project, and the file that declares it. */
export interface Volume {
  document: () => Document;
  volume: string;
  /** Its size is that of a version whose settings are kept, whatever its file says by now: such a claim stays as it is. */
  kept: boolean;
}

/** What declared claims are held against. */
export interface ClaimsGiven {
  stack: string;
  /** The cluster's storage classes; undefined where nobody may list them. */
  classes?: readonly StorageClass[] | undefined;
  /** Where files declare claims, by their names. */
  volumes?: ReadonlyMap<string, Volume>;
}

/** What would replace a claim that exists already, or change it in a way that the API server refuses. */
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
      allowed: `${JSON.stringify(was)}, as PersistentVolumeClaim ${name} was made: it cannot be changed to that, and a new one would be empty`,
      fix: "take it back; or declare a volume of another name, and move the data there first",
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

/** A problem of a claim, at the place that declares what is wrong with it. */
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

/** The size that a claim has by now, where a version is gone back to that ran with a smaller one: none gets smaller. */
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

/** Whether claims of a class cannot be made larger, as far as anybody knows. */
function isFixed(name: string | undefined, classes: readonly StorageClass[] = []): boolean {
  const found = classes.find(({ metadata }) => metadata.name === name);
  return found !== undefined && found.allowVolumeExpansion !== true;
}

/** Whoever ends the pod that still has it ends what it holds. */
const ending = (name: string, since: string): Problem => ({
  file: `PersistentVolumeClaim ${name}`,
  path: "metadata.deletionTimestamp",
  given: since,
  allowed:
    "a claim that nobody is deleting: this one is gone, with all that it holds, once the pod ends that has it",
  fix: "copy out of the pod what it holds, and set its volume to `persistentVolumeReclaimPolicy: Retain`, before anything of the project is changed",
});

/** Whether one size is below another; what is not written as ours are is not compared. */
function smaller(size: string | undefined, than: string | undefined): boolean {
  const [a, b] = [size, than].map((text) =>
    text !== undefined && bytesPattern.test(text) ? byteCount(text as Bytes) : undefined,
  );
  return a !== undefined && b !== undefined && a < b;
}
