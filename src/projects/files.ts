import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * Names of the files in `projects/`, sorted. Folders and names that begin with a dot, as editors and file managers leave them,
 * are skipped. A broken symlink is not: a skipped project would be deleted.
 */
export function projectFiles(checkout: string): string[] {
  const folder = join(checkout, "projects");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .filter(
      (name) => statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory() !== true,
    )
    .sort();
}

/** Names of the projects that have a file, sorted. */
export const projectNames = (checkout: string): string[] =>
  projectFiles(checkout)
    .flatMap((name) => /^(.+)\.yaml$/.exec(name)?.[1] ?? [])
    .sort();
