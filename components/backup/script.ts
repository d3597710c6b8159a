import { quote, script, words } from "../shared/shell";
import { forgetArgs, type ResticAccess } from "./restic";
import { manifestName, tags, type DrillResult, type Keep } from "./spec";

/**
 * Shell text that backs up, restores and proves, for whatever runs it: a pod, a timer of a machine, `slipway backup`. It finds
 * secrets in its environment and in files; restic does all else.
 */
export interface ScriptArgs {
  /** Arguments of every call of restic. */
  options: ResticAccess["options"];
  /** What snapshots are found by: the source's name, whatever machine it is read on. */
  host: string;
}

/** A folder, and where the list of its checksums is written: a path that stays the same, for it is in each snapshot. */
export interface Source {
  data: string;
  manifest: string;
}

/** Backs up a folder: the checksums of its files first, then both; what is older than `keep` goes. */
export const backupFolder = (args: ScriptArgs & { source: Source; keep: Keep }): string =>
  lines(
    steps(args),
    script("components/backup/backup.sh", {
      DATA: args.source.data,
      MANIFEST: args.source.manifest,
      KEEP: keepWords(args.keep),
    }),
  );

/** Restores a snapshot into a folder that is empty or not there, with the paths that it was taken by. */
export const restoreInto = (args: ScriptArgs & { snapshot: string; folder: string }): string =>
  lines(
    steps(args),
    "begin",
    `patiently restore ${words([args.snapshot, "--target", args.folder])}`,
  );

/** Restores the newest snapshot into a scratch folder, compares every file with its checksum, and writes down the result. */
export const drillFolder = (args: ScriptArgs & { source: Source; scratch: string }): string =>
  lines(
    steps(args),
    script("components/backup/drill.sh", {
      DATA: args.source.data,
      MANIFEST: args.source.manifest,
      FOLDER: `${args.scratch}/drill`,
    }),
  );

/** Puts a snapshot over what is in a folder; it may run again after a kill at any moment. */
export const restoreOver = (args: ScriptArgs & { source: Source; snapshot: string }): string =>
  lines(
    steps(args),
    script("components/backup/restore-over.sh", {
      DATA: args.source.data,
      MANIFEST: args.source.manifest,
      SNAPSHOT: args.snapshot,
    }),
  );

/** Reads a repository: its structure, and what of its data the arguments of `restic check` say. */
export const checkRepository = (args: ScriptArgs & { data: string }): string =>
  lines(steps(args), "begin", `patiently check ${quote(args.data)}`);

/** Compares a folder with a list of checksums that was restored with it; says each file that differs. */
export const compareFolder = (args: ScriptArgs & { data: string; manifest: string }): string =>
  lines(steps(args), "begin", `compare ${words([args.data, args.manifest])}`, "counted");

/** Writes down how a drill ended that was not the script's own. */
export const noteDrill = (
  args: ScriptArgs & Pick<DrillResult, "files" | "bytes" | "moving" | "ok" | "snapshot">,
): string => {
  const { files, bytes, moving, ok, snapshot } = args;
  return lines(
    ...[steps(args), "begin", `files=${files} bytes=${bytes} moving=${moving}`],
    `note_drill ${ok ? "ok" : "failed"} ${quote(snapshot)}`,
  );
};

/** Lets go of what is older than `keep`, and of runs that were given up: words of restic. */
export const keepWords = (keep: Keep): string => forgetArgs(keep).join(" ");

const lines = (...parts: readonly string[]): string => `${parts.join("\n")}\n`;

/** What each script begins with: restic with its options, and the steps that all of them are made of. */
export const steps = ({ options, host }: ScriptArgs): string =>
  script("components/backup/steps.sh", {
    HOST: host,
    OPTIONS: words(options),
    TAG: tags.backup,
    UNFINISHED: tags.unfinished,
    DRILL: tags.drill,
  });

/** Where the list of checksums of a folder is, in a folder of its own. */
export const manifestIn = (folder: string): string => `${folder}/${manifestName}`;
