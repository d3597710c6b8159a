import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir, hostname, userInfo } from "node:os";
import { join } from "node:path";
import { nearest } from "../../components/shared/nearest";
import { UserError } from "../../components/shared/problem";
import { contractPath, readContract, type SandboxContract } from "../../sandbox/contract";
import { checkout, layout } from "../../sandbox/layout";
import { sessionEnv } from "../../sandbox/session";
import { stacksOf } from "../settings/stacks";
import { Engine } from "./engine";
import { ProgramHost } from "./program-host";
import { StackFile } from "./stackfile";
import { refused } from "./refusal";

/** What a command works on: a stack of this checkout, and the engine with the environment it needs. */
export interface Session {
  checkout: string;
  stack: string;
  engine: Engine;
  file: StackFile;
  env: Readonly<Record<string, string>>;
  /** The sandbox, where one is up. */
  sandbox: SandboxContract | undefined;
}

/**
 * Opens a stack. A shell that names a backend of its own keeps it; else the sandbox of this checkout serves, if it is up;
 * else whatever `pulumi` is logged in to. `wait`: seconds that an update waits for whoever holds the stack.
 */
export function openSession(wanted?: string, wait = 0): Session {
  const env = environment();
  const stack = wanted ?? selectedStack(env);
  if (!existsSync(join(checkout, `Pulumi.${stack}.yaml`))) throw unknownStack(stack);
  const path = env["SLIPWAY_SANDBOX"];
  const sandbox = path !== undefined && existsSync(path) ? readContract(path) : undefined;
  const engine = new Engine(checkout, stack, env, {
    start: (own) => ProgramHost.start(own),
    patience: wait,
  });
  return { checkout, stack, engine, env, sandbox, file: new StackFile(checkout, stack) };
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

/** The stack that `pulumi stack select` has chosen, without the third of a second that asking for it costs; else `test`. */
export function selectedStack(env: Readonly<Record<string, string>>, folder = checkout): string {
  const given = env["PULUMI_STACK"];
  if (given !== undefined && given !== "") return lastPart(given);
  const project = /^name:\s*"?([^\s"#]+)/m.exec(readFileSync(join(folder, "Pulumi.yaml"), "utf8"));
  const hash = createHash("sha1").update(join(folder, "Pulumi.yaml")).digest("hex");
  const home = env["PULUMI_HOME"] ?? join(homedir(), ".pulumi");
  try {
    const path = join(home, "workspaces", `${project?.[1] ?? ""}-${hash}-workspace.json`);
    const { stack } = JSON.parse(readFileSync(path, "utf8")) as { stack?: unknown };
    return typeof stack === "string" && stack !== "" ? lastPart(stack) : "test";
  } catch {
    return "test";
  }
}

/** `organization/slipway/test` is the stack `test`. */
const lastPart = (stack: string): string => stack.slice(stack.lastIndexOf("/") + 1);

function unknownStack(stack: string): UserError {
  const stacks = stacksOf(checkout);
  const meant = nearest(stack, stacks);
  return refused("Nothing was changed", [
    {
      path: "--stack",
      given: stack,
      allowed: `a stack of this checkout: ${stacks.join(", ")}`,
      mend: meant === undefined ? `or add Pulumi.${stack}.yaml` : `did you mean \`${meant}\`?`,
    },
  ]);
}

/** What is said of a stack of kind `sandbox` that nobody runs, or another user of this machine. */
export const sandboxDown = (): UserError =>
  new UserError("the stack's sandbox is not up, or not yours to use; start it with: npm run up", 2);

/** Who runs this command: as git would sign a commit, by its variables and settings; else the user of this machine. */
export function whoAmI(folder = checkout, env: NodeJS.ProcessEnv = process.env): string {
  const configured = (key: string): string => {
    try {
      const args = ["config", "--get", key];
      const stdio = ["ignore", "pipe", "ignore"] as const;
      return execFileSync("git", args, {
        ...{ cwd: folder, env, encoding: "utf8" as const, stdio: [...stdio] },
      }).trim();
    } catch {
      return "";
    }
  };
  const of = (part: "name" | "email"): string => {
    const given = env[`GIT_AUTHOR_${part.toUpperCase()}`]?.trim() ?? "";
    return given === "" ? configured(`user.${part}`) : given;
  };
  const [name, address] = [of("name"), of("email")];
  if (name !== "" && address !== "") return `${name} <${address}>`;
  return name || address || `${userName()}@${hostname()}`;
}

/** The name of the user of this machine; the number of one who has none, as in many a CI. */
export function userName(look: () => { username: string } = userInfo): string {
  try {
    return look().username;
  } catch {
    return String(process.getuid?.() ?? "unknown");
  }
}

/** This moment, as records write one. */
export const now = (): string => `${new Date().toISOString().slice(0, 19)}Z`;
