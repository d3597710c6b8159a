import { Command } from "commander";
import { digestsOf, readKnown, rejecting, wholeDigest } from "../../gates/release";
import { changeRecord, readProject } from "../../rollout/project";
import { now, whoAmI } from "../../engine/session";
import { shortDigest } from "../../rollout/titles";
import { StackFile } from "../../records/stack-file";
import { stacksOf } from "../../stack/stacks";
import { agreed, onStack, report, type StackOptions } from "../options";
import { openSession } from "../session";

const examples = [
  "reject SJZY.Package.Api 2cf24dba5fb0 --why 'orders without a sum'",
  "reject SJZY.Package.Api sha256:2cf2… --why 'it leaks' --stack uat --yes",
];

/** `slipway reject`: a version must not run again, in any stack, under any tag. */
export const reject = (): Command =>
  onStack(
    new Command("reject")
      .description(
        "forbid a version in every stack until it is lifted; running pods are not affected",
      )
      .argument("<project>", "name of a project")
      .argument("<digest>", "the image, or at least seven digits that it begins with")
      .requiredOption("--why <reason>", "why it must not run again"),
    examples,
  ).action(
    async (project: string, given: string, { why, ...options }: StackOptions & { why: string }) => {
      const { checkout, file, stack } = openSession(options.stack);
      const { record } = readProject(checkout, file, project);
      const known = readKnown(checkout, file);
      const everywhere = stacksOf(checkout).map((name) => {
        const { releases } = readKnown(checkout, new StackFile(checkout, name));
        return { name, records: Object.entries(releases) };
      });
      const digests = everywhere.flatMap(({ records }) =>
        records.flatMap(([, one]) => digestsOf(one)),
      );
      const digest = wholeDigest(given, digests, {
        title: "Nothing was rejected",
        fix: `give all 64 of them: slipway history ${project} --stack ${stack} --json has whole digests`,
      });
      const rejection = { digest, why, by: whoAmI(checkout), at: now() };
      // What would be refused is refused before the confirmation.
      rejecting(project, record ?? known.releases[project], { stack, rejection });
      const serving = everywhere.flatMap(({ name, records }) =>
        records
          .filter(([, one]) => one.removed !== true && one.digest === digest)
          .map(([served]) => `slipway rollback ${served} --stack ${name}`),
      );
      const lines = [
        `${project}: ${shortDigest(digest)} must not run again, in any stack`,
        ...serving.map((way) => `it serves now, until: ${way}`),
      ];
      await agreed(lines, { stack, yes: options.yes });
      changeRecord(file, project, (now) => rejecting(project, now, { stack, rejection }));
      report(
        { stack, project, rejection, serving },
        `${project}: ${digest} is rejected`,
        options.json,
      );
    },
  );
