import { resolve } from "node:path";
import { archiveOf, platformDomain, type Archived } from "./archive";
import { isRemote, writeArchive, type Written } from "./target";
import { labelValue } from "../../components/shared/names";
import { UserError } from "../../components/shared/problem";
import { readStack } from "../rollout/project";
import type { Session } from "../engine/session";

/** Where archives go when nobody says: a directory of this checkout, which git ignores. */
const defaultTarget = "archive";

/**
 * Writes what a stack runs to its archive, as its state says it; limited to one project, that one and what the archive does
 * not show yet: a release is not to wait until a thousand files are written anew as they are.
 */
export async function archiveStack(
  { engine, file, checkout, stack }: Session,
  { to, project, who }: { to?: string; project?: string; who: string },
): Promise<Written & { target: string; files: readonly Archived[] }> {
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

/** The same after a release, which has succeeded whatever becomes of its archive; returns what to tell, if anything. */
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
