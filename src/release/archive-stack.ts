import { resolve } from "node:path";
import { archiveOf, type Archived } from "./archive";
import { isRemote, writeArchive, type Written } from "./archive-target";
import { UserError } from "../../components/shared/problem";
import { readStack } from "./project";
import type { Session } from "./session";

/** Where archives go when nobody says: a directory of this checkout, which git ignores. */
const defaultTarget = "archive";

/** Writes what a stack runs to its archive, as its state says it. */
export async function archiveStack(
  { engine, file, checkout, stack }: Session,
  { to, who }: { to?: string; who: string },
): Promise<Written & { target: string; files: Archived[] }> {
  const wanted = to ?? readStack(file).config.archive?.to ?? defaultTarget;
  const target = isRemote(wanted) ? wanted : resolve(checkout, wanted);
  const files = archiveOf(await engine.json("stack", "export"), stack);
  return { target, files, ...writeArchive(target, files, { stack, who, own: checkout }) };
}

/** The same after a release, which has succeeded whatever becomes of its archive; returns what to tell, if anything. */
export async function archiveAfter(session: Session, who: string): Promise<string | undefined> {
  try {
    await archiveStack(session, { who });
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `not archived: ${error.message}\nto try again: slipway archive --stack ${session.stack}`;
  }
}
