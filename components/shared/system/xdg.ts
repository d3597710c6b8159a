import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

type Env = NodeJS.ProcessEnv;

/** A folder that a variable names; the XDG base directories have an empty and a relative one count as unset. */
export const xdg = (env: Env, name: `XDG_${string}`): string | undefined => {
  const path = env[name];
  return path !== undefined && isAbsolute(path) ? path : undefined;
};

/** For what may be deleted: `~/.cache`. */
export const cacheHome = (env: Env): string =>
  xdg(env, "XDG_CACHE_HOME") ?? join(homedir(), ".cache");

/** For what has to last: `~/.local/state`. */
export const stateHome = (env: Env): string =>
  xdg(env, "XDG_STATE_HOME") ?? join(homedir(), ".local", "state");
