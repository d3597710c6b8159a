import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "../../components/shared/problem";
import { listOf } from "../../components/shared/config/fields";
import { check, readYaml, type Document } from "../../components/shared/config/document";
import { Rejection, type ReleaseRecord } from "../records/record";
import { stacksOf } from "../stack/stacks";

/** A version that must not run anywhere, and where the rejection is recorded. */
export interface Rejected extends Rejection {
  stack: string;
  project: string;
}

const Rejections = listOf(Rejection, "a list of rejected versions");
const releasesKey = "slipway:releases";

/**
 * All versions rejected in any stack of a checkout. Those of the current stack come from the engine; of the other files only this
 * part is read. An error in it is reported, because an unreadable rejection could let a bad version run.
 */
export function readRejections(
  checkout: string,
  own: { stack: string; releases: Readonly<Record<string, ReleaseRecord>> },
): { rejected: Rejected[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const rejected = Object.entries(own.releases).flatMap(([project, { rejected: list = [] }]) =>
    list.map((rejection) => ({ ...rejection, stack: own.stack, project })),
  );
  for (const stack of stacksOf(checkout)) {
    if (stack === own.stack) continue;
    const file = `Pulumi.${stack}.yaml`;
    const text = readFileSync(join(checkout, file), "utf8");
    // Most files contain none; parsing a thousand records for nothing takes longer than everything else here.
    if (!text.includes("rejected")) continue;
    const found = readOthers(file, text);
    problems.push(...found.problems);
    rejected.push(...found.rejected.map((rejection) => ({ ...rejection, stack })));
  }
  return { rejected, problems };
}

/** Throws if the version is rejected: the digest of what a stack builds itself is known only now. */
export function mayRun(project: string, ref: string, rejected: readonly Rejected[]): void {
  const verdict = rejected.find(
    ({ digest, configHash }) => configHash === undefined && ref.endsWith(digest),
  );
  if (verdict === undefined) return;
  const { digest, by, stack, at, why } = verdict;
  throw new pulumi.RunError(
    `${project} is not updated: its sources give ${digest}, which ${by} rejected in ${stack} on ${at}: ${why}\n    fix:     change them; or, once it is known to be good: slipway lift ${verdict.project} ${digest} --stack ${stack} --why …`,
  );
}

function readOthers(
  file: string,
  text: string,
): { rejected: (Rejection & { project: string })[]; problems: Problem[] } {
  const yaml = readYaml(file, text);
  if ("problem" in yaml) return { rejected: [], problems: [yaml.problem] };
  const records = at(at(yaml.document.value, "config"), releasesKey);
  const rejected: (Rejection & { project: string })[] = [];
  const problems: Problem[] = [];
  for (const [project, record] of Object.entries(records ?? {})) {
    const list = at(record, "rejected");
    if (list === undefined) continue;
    const { value = [], problems: found } = check(Rejections, part(yaml.document, project, list));
    problems.push(...found);
    rejected.push(...value.map((rejection) => ({ ...rejection, project })));
  }
  return { rejected, problems };
}

/** The part of a stack's file that is checked here, named as the whole file in messages. */
const part = ({ file, lineOf }: Document, project: string, value: unknown): Document => ({
  file,
  value,
  prefix: `${releasesKey}.${project}.rejected.`,
  lineOf: (path) => lineOf?.(["config", releasesKey, project, "rejected", ...path]),
});

const at = (value: unknown, key: string): object | undefined =>
  typeof value === "object" && value !== null
    ? ((value as Record<string, object | undefined>)[key] ?? undefined)
    : undefined;
