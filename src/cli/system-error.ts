import { cacheHome, stateHome } from "../../components/shared/system/xdg";

const right = "give this user read and write permission";
const room = "make room, and run the same again";

/** Why the system does not allow a file to be read or written, by error code, and the fix. */
const reasons: Readonly<Record<string, readonly [why: string, fix: string]>> = {
  EACCES: ["this user is not allowed to", right],
  EPERM: ["this user is not allowed to", right],
  EROFS: ["its file system is read-only", right],
  "ENOENT mkdir": ["its parent folder cannot be created", "choose another folder"],
  "ENOTDIR mkdir": ["its parent is not a folder", "choose another folder"],
  ENOSPC: ["the disk is full", room],
  EDQUOT: ["the quota of the disk is used up", room],
};

/** Describes a system error about a file, with its fix; undefined for errors that a user cannot fix. */
export function refusedBySystem(
  error: unknown,
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const { code = "", path = "", syscall = "" } = (error ?? {}) as NodeJS.ErrnoException;
  const reason = reasons[syscall === "mkdir" ? `${code} mkdir` : code] ?? reasons[code];
  // If the disk is full Node may not know the file; a program that cannot be started is another matter.
  if (reason === undefined || (path === "" && reason[1] !== room) || syscall.startsWith("spawn"))
    return undefined;
  const [why, fix] = reason;
  const homes = { XDG_CACHE_HOME: cacheHome(env), XDG_STATE_HOME: stateHome(env) };
  const [variable] =
    Object.entries(homes).find(([, folder]) => path.startsWith(`${folder}/`)) ?? [];
  const other = variable === undefined ? "" : `; or name another folder by ${variable}`;
  const where = path === "" ? "" : `${path}: `;
  return `${where}${syscall} is not possible, ${why} (${code})\n    fix:     ${fix}${other}`;
}
