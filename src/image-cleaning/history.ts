import { History } from "../records/history";
import type { Session } from "../engine/session";
import { ReleaseRecord } from "../records/record";
import { stacksOf } from "../stack/stacks";

/**
 * Digests of all versions that a stack runs or has run, with the stacks: what a rollback may need. A stack that cannot be read is
 * an error: otherwise the images it needs would count as unneeded.
 */
export async function digestsInUse(session: Session): Promise<Map<string, string[]>> {
  const known = (await session.engine.json("stack", "ls")) as { name: string }[];
  const made = new Set(known.map(({ name }) => name.slice(name.lastIndexOf("/") + 1)));
  const found = new Map<string, string[]>();
  for (const stack of stacksOf(session.checkout)) {
    const { engine, file } = session.of(stack);
    const written = file.config()["slipway:releases"];
    const digests = new Set(digestsOf(written));
    const history = new History(engine);
    for (let page = 1, more = made.has(stack); more; page++) {
      const entries = await history.page(page);
      for (const { releases } of entries)
        for (const digest of digestsOf(releases)) digests.add(digest);
      more = entries.length > 0;
    }
    for (const digest of digests) found.set(digest, [...(found.get(digest) ?? []), stack]);
  }
  return found;
}

/** Digests in the records of an update: the versions that ran and those being rolled out. An unreadable record has none. */
export function digestsOf(releases: unknown): string[] {
  if (typeof releases !== "object" || releases === null) return [];
  return Object.values(releases).flatMap((value) => {
    const { success, data } = ReleaseRecord.safeParse(value);
    if (!success) return [];
    return [data.digest, ...(data.next === undefined ? [] : [data.next.digest])];
  });
}
