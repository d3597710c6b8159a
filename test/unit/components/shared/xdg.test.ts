import assert from "node:assert/strict";
import { homedir } from "node:os";
import { cacheHome, stateHome } from "../../../../components/shared/system/xdg";

describe("the XDG base directories", () => {
  const cases: [env: NodeJS.ProcessEnv, cache: string, state: string][] = [
    [{}, `${homedir()}/.cache`, `${homedir()}/.local/state`],
    [{ XDG_CACHE_HOME: "/c", XDG_STATE_HOME: "/s" }, "/c", "/s"],
    [
      { XDG_CACHE_HOME: "", XDG_STATE_HOME: "" },
      `${homedir()}/.cache`,
      `${homedir()}/.local/state`,
    ],
    [
      { XDG_CACHE_HOME: "c", XDG_STATE_HOME: "s" },
      `${homedir()}/.cache`,
      `${homedir()}/.local/state`,
    ],
  ];
  for (const [env, cache, state] of cases) {
    it(JSON.stringify(env), () => {
      assert.deepEqual([cacheHome(env), stateHome(env)], [cache, state]);
    });
  }
});
