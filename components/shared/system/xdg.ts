import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

type Env = NodeJS.ProcessEnv;

/** Folder from a variable; by the XDG base directory specification an empty or relative value counts as unset. */
export const xdg = (env: Env, name: `XDG_${string}`): string | undefined => {
  const path = env[name];
  return path !== undefined && isAbsolute(path) ? path : undefined;
};

/** Folder for data that may be deleted: `~/.cache`. */
export const cacheHome = (env: Env): string =>
  xdg(env, "XDG_CACHE_HOME") ?? join(homedir(), ".cache");

/** Folder for data that must persist: `~/.local/state`. */
export const stateHome = (env: Env): string =>
  xdg(env, "XDG_STATE_HOME") ?? join(homedir(), ".local", "state");
