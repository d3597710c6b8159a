import { readFileSync } from "node:fs";

/**
 * An update that is limited to one project needs no other project declared, and declaring a thousand takes half a minute.
 * But what the program leaves out of an update without limits is deleted. So it believes only the command that has started
 * the engine above it, and has given it those limits: the variable names the command's process, which must be an ancestor.
 * Exported in a shell, or anywhere that this cannot be told, it says nothing.
 */
const variable = "SLIPWAY_ONLY";

/** What to give an engine that is limited to one project. */
export const limitedTo = (project: string): Record<string, string> => ({
  [variable]: `${process.pid} ${project}`,
});

/** The project that this run of the program is limited to; undefined when it has to declare all. */
export function onlyProject(
  env: NodeJS.ProcessEnv,
  ancestors: Iterable<number> = ancestorsOf(process.pid),
): string | undefined {
  const [, pid, project] = /^(\d+) (.+)$/.exec(env[variable] ?? "") ?? [];
  if (pid === undefined) return undefined;
  for (const ancestor of ancestors) if (ancestor === Number(pid)) return project;
  return undefined;
}

/** Processes above one, the nearest first; none where the system does not tell them as Linux does. */
function* ancestorsOf(pid: number): Generator<number> {
  for (let parent = parentOf(pid); parent > 0; parent = parentOf(parent)) yield parent;
}

function parentOf(pid: number): number {
  try {
    // The name of the program stands in brackets, and may have some itself; then its state and its parent.
    const [, parent] = /.*\) \S (\d+) /s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    return Number(parent ?? 0);
  } catch {
    return 0;
  }
}
