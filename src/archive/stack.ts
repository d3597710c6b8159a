import { resolve } from "node:path";
import { archiveOf, platformDomain, type Archived } from "./archive";
import { isRemote, writeArchive, type WrittenArchive } from "./target";
import { labelValue } from "../../components/shared/names";
import { UserError } from "../../components/shared/problem";
import { readStack } from "../rollout/project";
import type { Session } from "../engine/session";

/** Default target of archives: a directory of this checkout, ignored by git. */
const defaultTarget = "archive";

/**
 * Writes what a stack runs to its archive, from its state. If limited to one project, writes that one and those whose files are
 * missing or outdated: a release must not wait for a thousand unchanged files.
 */
export async function archiveStack(
  { engine, file, checkout, stack }: Session,
  { to, project, who }: { to?: string; project?: string; who: string },
): Promise<WrittenArchive & { target: string; files: readonly Archived[] }> {
  const wanted = to ?? readStack(file).config.archive?.to ?? defaultTarget;
  const target = isRemote(wanted) ? wanted : resolve(checkout, wanted);
  const exported = await engine.json("stack", "export");
  let files: readonly Archived[] = [];
  const written = writeArchive(
    target,
    (has) => {
      const asked = (domain: string): boolean =>
        project === undefined || [labelValue(project), platformDomain].includes(domain);
      files = archiveOf(exported, stack, (domain) => asked(domain) || !has(domain));
      return { files, gone: asked };
    },
    { stack, who, own: checkout },
  );
  return { target, files, ...written };
}

/** The same after a release, which has succeeded even if its archive fails; returns what to report, if anything. */
export async function archiveAfter(
  session: Session,
  project: string,
  who: string,
): Promise<string | undefined> {
  try {
    await archiveStack(session, { project, who });
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `not archived: ${error.message}\nto try again: slipway archive --stack ${session.stack}`;
  }
}
