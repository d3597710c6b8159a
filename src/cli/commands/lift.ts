import { Command } from "commander";
import { lifting, readKnown, wholeDigest } from "../../gates/release";
import { changeRecord, readProject } from "../../rollout/project";
import { now, whoAmI } from "../../engine/session";
import { StackFile } from "../../records/stack-file";
import { shortDigest } from "../../rollout/titles";
import { agreed, onStack, report, type StackOptions } from "../options";
import { refused } from "../../stack/refusal";
import { openSession } from "../session";

const examples = [
  "lift SJZY.Package.Api 2cf24dba5fb0 --why 'it was the database'",
  "lift SJZY.Package.Api sha256:2cf2… --why 'tested again' --stack uat --yes",
];

/** `slipway lift`: allows a rejected version again. */
export const lift = (): Command =>
  onStack(
    new Command("lift")
      .description(
        "allow a rejected version again; without --stack in every stack that rejects it, otherwise only in that one",
      )
      .argument("<project>", "name of a project")
      .argument("<digest>", "the image, or at least seven digits that it begins with")
      .requiredOption("--why <reason>", "why it may run again"),
    examples,
  ).action(
    async (project: string, given: string, { why, ...options }: StackOptions & { why: string }) => {
      const { checkout, file, stack } = openSession(options.stack);
      readProject(checkout, file, project);
      const title = "Nothing was lifted";
      const fix = `give all 64 of them: slipway history ${project} --stack ${stack} --json has whole digests`;
      const rejected = readKnown(checkout, file).rejected.filter(
        (one) => one.project === project && (options.stack === undefined || one.stack === stack),
      );
      const digest = wholeDigest(
        given,
        rejected.map((one) => one.digest),
        { title, fix },
      );
      const verdicts = rejected.filter((one) => one.digest === digest);
      if (verdicts.length === 0) {
        const list = rejected.map((one) => `${shortDigest(one.digest)} in ${one.stack}`);
        throw refused(title, [
          {
            path: "DIGEST",
            given: digest,
            allowed:
              list.length === 0
                ? `a version of ${project} that is rejected; there is none`
                : `a version of ${project} that is rejected: ${list.join(", ")}`,
            fix,
          },
        ]);
      }
      const stacks = verdicts.map((one) => one.stack);
      const lines = verdicts.map(
        (one) =>
          `${project}: ${shortDigest(digest)}, rejected by ${one.by} in ${one.stack}: ${one.why}`,
      );
      await agreed([...lines, `may run again: ${why}`], {
        stack: stacks.join(", "),
        yes: options.yes,
      });
      const lifted = { digest, why, by: whoAmI(checkout), at: now() };
      for (const name of stacks) {
        const one = new StackFile(checkout, name);
        changeRecord(one, project, (record) => record && lifting(record, lifted));
      }
      report({ stacks, project, lifted }, `${project}: ${digest} may run again`, options.json);
    },
  );
