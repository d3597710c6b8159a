import { existsSync } from "node:fs";
import { join } from "node:path";
import { nearest } from "../../components/shared/nearest";
import { UserError } from "../../components/shared/problem";
import { readContract } from "../../components/cluster/sandbox";
import { layout } from "../../sandbox/layout";
import { sessionEnv } from "../../sandbox/session";
import { stacksOf } from "../stack/stacks";
import { Engine } from "../engine/engine";
import { ProgramHost } from "../engine/program-host";
import { StackFile } from "../records/stack-file";
import { refused } from "../stack/refusal";
import { checkout } from "../../components/shared/system/checkout";
import { Session, selectedStack } from "../engine/session";
import { contractPath } from "../../sandbox/contract";

/**
 * Opens a stack. A shell with its own backend keeps it; otherwise the sandbox of this checkout is used if it is up; otherwise the
 * backend that `pulumi` is logged in to. `wait`: seconds that an update waits for the stack's lock.
 */
export function openSession(wanted?: string, wait = 0): Session {
  const env = environment();
  const stack = wanted ?? selectedStack(env);
  if (!existsSync(join(checkout, `Pulumi.${stack}.yaml`))) throw unknownStack(stack);
  const path = env["SLIPWAY_SANDBOX"];
  const sandbox = path !== undefined && existsSync(path) ? readContract(path) : undefined;
  const engine = new Engine(checkout, stack, env, {
    start: (own) => ProgramHost.start(own),
    timeout: wait,
  });
  return {
    checkout,
    stack,
    engine,
    env,
    sandbox,
    file: new StackFile(checkout, stack),
    of: (other) => openSession(other),
  };
}

function environment(): Record<string, string> {
  const own = Object.fromEntries(
    Object.entries(process.env).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, value]],
    ),
  );
  const here = layout();
  return own["PULUMI_BACKEND_URL"] === undefined && existsSync(contractPath(here))
    ? { ...own, ...sessionEnv(here) }
    : own;
}

function unknownStack(stack: string): UserError {
  const stacks = stacksOf(checkout);
  const meant = nearest(stack, stacks);
  return refused("Nothing was changed", [
    {
      path: "--stack",
      given: stack,
      allowed: `a stack of this checkout: ${stacks.join(", ")}`,
      fix: meant === undefined ? `or add Pulumi.${stack}.yaml` : `did you mean \`${meant}\`?`,
    },
  ]);
}
