import { Command } from "commander";
import type { Say } from "../../../components/backup/spec";
import { UserError } from "../../../components/shared/problem";
import { drillPart, restorePart, runPart, verifyPart } from "../../backup/operations";
import { chosen, chosenOne, openBackups, type Opened } from "../../backup/opening";
import type { BackupPart } from "../../backup/parts";
import { restoreInPlace } from "../../backup/in-place";
import { isWell, statusOf } from "../../backup/status";
import { agreed, onStack, report, type StackOptions } from "../options";
import { runSteps } from "../steps";
import { statusText } from "./backup-table";
import { openSession } from "../session";

/** `slipway backup`: the off-site backups of a stack. */
export const backup = (): Command => {
  const command = new Command("backup").description(
    "off-site backups of a stack: status, backup, drill, restore",
  );
  for (const make of [list, run, verify, restore, drill]) command.addCommand(make().exitOverride());
  return command;
};

const partHelp = "a part, such as state, or volumes/sjzy-package-api.data; all by default";

const list = (): Command =>
  onStack(
    new Command("list").description(
      "the parts: schedule, newest backup and its age, size, last drill; exit code 1 when one is late, missing or failed",
    ),
    ["backup list", "backup list --stack prod --json"],
    { changes: false },
  ).action(async ({ stack, json }: StackOptions) => {
    const { spec, parts, keyring } = await opened(stack);
    const statuses = await Promise.all(parts.map((part) => statusOf(part, keyring)));
    report({ parts: statuses, without: spec.without }, statusText(statuses, spec.without), json);
    if (!statuses.every(isWell)) process.exitCode = 1;
  });

const run = (): Command =>
  onStack(
    new Command("run").description("take a backup now").argument("[part]", partHelp),
    ["backup run state", "backup run --stack prod"],
    { changes: false },
  ).action(async (name: string | undefined, { stack, json }: StackOptions) => {
    const { result, text } = await each(
      await opened(stack),
      name,
      "backup",
      async (part, { keyring }, say) => {
        const taken = await runPart(part, keyring, say);
        return { result: taken, note: `snapshot ${taken.snapshot}` };
      },
    );
    report(result, text, json);
  });

const verify = (): Command =>
  onStack(
    new Command("verify")
      .description("read repositories and check them")
      .argument("[part]", partHelp)
      .option("--all", "read all data, in place of one part in twenty"),
    ["backup verify", "backup verify state --all"],
    { changes: false },
  ).action(async (name: string | undefined, options: StackOptions & { all?: boolean }) => {
    const { stack, json, all = false } = options;
    const { result, text } = await each(
      await opened(stack),
      name,
      "verify",
      async (part, { keyring }, say) => {
        await verifyPart(part, keyring, all, say);
        return { result: { part: part.repository.path, whole: true }, note: "whole" };
      },
    );
    report(result, text, json);
  });

const drill = (): Command =>
  onStack(
    new Command("drill")
      .description(
        "restore the newest backup into a scratch folder, compare every file, and record the result",
      )
      .argument("[part]", partHelp),
    ["backup drill", "backup drill state --stack prod --json"],
    { changes: false },
  ).action(async (name: string | undefined, { stack, json }: StackOptions) => {
    const { result, text } = await each(
      await opened(stack),
      name,
      "drill",
      async (part, { keyring }, say) => {
        const proved = await drillPart(part, keyring, say);
        return {
          result: proved,
          note: [
            ...(proved.compared === undefined
              ? []
              : [`${proved.compared.files} files of ${proved.snapshot} are as they were`]),
            ...(proved.proof === undefined ? [] : [proved.proof]),
          ].join("; "),
        };
      },
    );
    report(result, text, json);
  });

interface RestoreOptions extends StackOptions {
  to?: string;
  snapshot?: string;
  inPlace?: boolean;
}

const restore = (): Command =>
  onStack(
    new Command("restore")
      .description("restore a backup, compared file by file")
      .argument("<part>", "a part, such as state, or volumes/sjzy-package-api.data")
      .option("--to <folder>", "an empty or new folder; a scratch one by default")
      .option("--snapshot <id>", "which backup; by default the newest")
      .option("--in-place", "over the existing data; a volume's project is stopped meanwhile"),
    [
      "backup restore state --to /tmp/state",
      "backup restore volumes/sjzy-package-api.data --in-place",
    ],
  ).action(async (name: string, options: RestoreOptions) => {
    const { stack, json, to, snapshot, inPlace = false, yes } = options;
    const all = await opened(stack);
    const part = chosenOne(all, name);
    if (inPlace) {
      const agree = (lines: readonly string[]): Promise<void> =>
        agreed(lines, { stack: all.keyring.stack, yes });
      const options = { snapshot, to };
      const done = await restoreInPlace(part, all.keyring, options, { agree, show: shownStep });
      report(done, `${done.part} is as it was at ${done.at}`, json);
      return;
    }
    const { result, text } = await each(all, name, "restore", async (one, { keyring }, say) => {
      const restored = await restorePart(one, keyring, { to, snapshot }, say);
      return {
        result: restored,
        note: `${restored.compared.files} files of ${restored.at} in ${restored.folder}`,
      };
    });
    report(result[0], text, json);
  });

async function opened(stack: string | undefined): Promise<Opened> {
  // Folders with keys are removed in any case.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  return await openBackups(openSession(stack));
}

/**
 * Runs an operation on one part after the other and shows its progress; a failure does not stop the others, and all are reported
 * at the end.
 */
async function each<T>(
  all: Opened,
  name: string | undefined,
  what: string,
  act: (part: BackupPart, all: Opened, say: Say) => Promise<{ result: T; note: string }>,
): Promise<{ result: T[]; text: string }> {
  const results: T[] = [];
  const notes: string[] = [];
  const failures: UserError[] = [];
  for (const part of chosen(all, name)) {
    const { path } = part.repository;
    try {
      await shownStep(`${what} ${path}`, async (say) => {
        const { result, note } = await act(part, all, say);
        results.push(result);
        notes.push(`${path}: ${note}`);
        return note;
      });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      failures.push(error);
    }
  }
  if (failures.length === 0) return { result: results, text: notes.join("\n") };
  for (const note of notes) console.error(note);
  const code = failures.every(({ exitCode }) => exitCode === 2) && results.length === 0 ? 2 : 1;
  throw new UserError(failures.map(({ message }) => message).join("\n"), code);
}

const shownStep = async (
  title: string,
  run: (say: Say) => Promise<string | undefined>,
): Promise<void> => {
  await runSteps([{ title, run }], false);
};
