import assert from "node:assert/strict";
import { withoutProxy } from "../../../../components/shared/system/proxy";

describe("what the engine and its plugins say to one another", () => {
  const cases: [env: NodeJS.ProcessEnv, hosts: string][] = [
    [{}, "127.0.0.1,localhost"],
    [{ http_proxy: "http://proxy:3128" }, "127.0.0.1,localhost"],
    [{ NO_PROXY: "harbor.room,localhost" }, "harbor.room,127.0.0.1,localhost"],
    [{ no_proxy: "a", NO_PROXY: "b" }, "a,127.0.0.1,localhost"],
    [{ no_grpc_proxy: "c", no_proxy: "a" }, "c,127.0.0.1,localhost"],
  ];
  for (const [env, hosts] of cases) {
    it(`goes by no proxy, given ${JSON.stringify(env)}`, () => {
      assert.deepEqual(withoutProxy(env), { no_grpc_proxy: hosts });
    });
  }
});
