import { quote, script, words } from "../shared/shell";
import { forgetArgs, type ResticAccess } from "./restic";
import { manifestName, tags, type DrillResult, type Keep } from "./spec";

/**
 * Shell scripts that back up, restore and drill, for a pod, for a timer of a machine and for `slipway backup`. Secrets come by
 * the environment and by files.
 */
export interface ScriptArgs {
  /** Global arguments of restic. */
  options: ResticAccess["options"];
  /** `--host` of the snapshots: the source's name, whatever machine it is read on. */
  host: string;
}

/** A folder, and the path of the list of its checksums, which must not change, because it is in each snapshot. */
export interface BackupFolder {
  data: string;
  manifest: string;
}

/** Backs up a folder: writes the checksums of its files, backs up both, and deletes snapshots that `keep` does not keep. */
export const backupFolder = (args: ScriptArgs & { source: BackupFolder; keep: Keep }): string =>
  lines(
    steps(args),
    script("components/backup/backup.sh", {
      DATA: args.source.data,
      MANIFEST: args.source.manifest,
      KEEP: keepWords(args.keep),
    }),
  );

/** Restores a snapshot into a folder that is empty or does not exist, with the paths that it was taken by. */
export const restoreInto = (args: ScriptArgs & { snapshot: string; folder: string }): string =>
  lines(
    steps(args),
    "begin",
    `patiently restore ${words([args.snapshot, "--target", args.folder])}`,
  );

/** Restores the newest snapshot into a scratch folder, compares every file with its checksum, and records the result. */
export const drillFolder = (args: ScriptArgs & { source: BackupFolder; scratch: string }): string =>
  lines(
    steps(args),
    script("components/backup/drill.sh", {
      DATA: args.source.data,
      MANIFEST: args.source.manifest,
      FOLDER: `${args.scratch}/drill`,
    }),
  );

/** Restores a snapshot over the content of a folder; it may run again after a kill at any moment. */
export const restoreOver = (
  args: ScriptArgs & { source: BackupFolder; snapshot: string },
): string =>
  lines(
    steps(args),
    script("components/backup/restore-over.sh", {
      DATA: args.source.data,
      MANIFEST: args.source.manifest,
      SNAPSHOT: args.snapshot,
    }),
  );

/** Checks a repository: its structure, and as much of its data as the arguments of `restic check` say. */
export const checkRepository = (args: ScriptArgs & { data: string }): string =>
  lines(steps(args), "begin", `patiently check ${quote(args.data)}`);

/** Compares a folder with a list of checksums that was restored with it; prints each file that differs. */
export const compareFolder = (args: ScriptArgs & { data: string; manifest: string }): string =>
  lines(steps(args), "begin", `compare ${words([args.data, args.manifest])}`, "counted");

/** Records the result of a drill that the script did not run itself. */
export const noteDrill = (
  args: ScriptArgs & Pick<DrillResult, "files" | "bytes" | "moving" | "ok" | "snapshot">,
): string => {
  const { files, bytes, moving, ok, snapshot } = args;
  return lines(
    ...[steps(args), "begin", `files=${files} bytes=${bytes} moving=${moving}`],
    `note_drill ${ok ? "ok" : "failed"} ${quote(snapshot)}`,
  );
};

/** restic's arguments that delete snapshots which `keep` does not keep, and aborted runs. */
export const keepWords = (keep: Keep): string => forgetArgs(keep).join(" ");

const lines = (...parts: readonly string[]): string => `${parts.join("\n")}\n`;

/** Head of each script: restic with its options, and the functions for its steps. */
export const steps = ({ options, host }: ScriptArgs): string =>
  script("components/backup/steps.sh", {
    HOST: host,
    OPTIONS: words(options),
    TAG: tags.backup,
    UNFINISHED: tags.unfinished,
    DRILL: tags.drill,
  });

/** Path of the list of checksums of a folder, in a folder of its own. */
export const manifestIn = (folder: string): string => `${folder}/${manifestName}`;
