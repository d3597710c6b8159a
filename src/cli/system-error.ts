import { cacheHome, stateHome } from "../xdg";

/** Why the system lets nobody write or read a file, by its codes. */
const reasons: Readonly<Record<string, string>> = {
  EACCES: "who runs this may not",
  EPERM: "who runs this may not",
  EROFS: "its file system is read-only",
  ENOSPC: "its disk is full",
  EDQUOT: "the quota of its disk is used up",
};

/** What the system says of a file, in words and with the way out; undefined where it is nothing that a person can mend. */
export function refusedBySystem(
  error: unknown,
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const { code = "", path, syscall = "" } = (error ?? {}) as NodeJS.ErrnoException;
  const reason = reasons[code];
  if (reason === undefined || path === undefined) return undefined;
  const homes = { XDG_CACHE_HOME: cacheHome(env), XDG_STATE_HOME: stateHome(env) };
  const [variable] =
    Object.entries(homes).find(([, folder]) => path.startsWith(`${folder}/`)) ?? [];
  const other = variable === undefined ? "" : `, or name another folder: ${variable}`;
  return `${path}: ${syscall} is not possible, ${reason} (${code})\n    mend:    let it be read and written${other}`;
}
