import { Command } from "commander";
import { archiveStack } from "../../archive/stack";
import { whoAmI } from "../../engine/session";
import { onStack, report, type StackOptions } from "../options";
import { openSession } from "../session";

const examples = [
  "archive --stack uat",
  "archive --to /data/k8s-cd-config",
  "archive --to git@gitea.sjzy.example:ops/k8s-cd-config.git",
];

/** `slipway archive`: writes what runs as plain YAML; changes nothing in the cluster. */
export const archive = (): Command =>
  onStack(
    new Command("archive")
      .description(
        "write what runs as plain YAML that kubectl applies: <project>/<stack>/<version>-<build>-<commit>.yaml, and a link to the live one",
      )
      .option(
        "--to <target>",
        "a directory, or a git repository; slipway:archive.to, else the directory `archive`",
      ),
    examples,
    { changes: false },
  ).action(async ({ to, ...options }: StackOptions & { to?: string }) => {
    const session = openSession(options.stack);
    const { stack, checkout } = session;
    const { target, files, changed, commit } = await archiveStack(session, {
      who: whoAmI(checkout),
      ...(to === undefined ? {} : { to }),
    });
    const news = changed.length === 0 ? "nothing new" : changed.join("\n  ");
    const where = commit === undefined ? target : `${target}, commit ${commit.slice(0, 12)}`;
    const result = { stack, target, commit, changed, files: files.map(({ path }) => path) };
    report(result, `${where}:\n  ${news}`, options.json);
  });
