import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir, hostname, userInfo } from "node:os";
import { join } from "node:path";
import { UserError } from "../../components/shared/problem";
import type { SandboxContract } from "../../components/cluster/sandbox";
import { Engine } from "./engine";
import { StackFile } from "../records/stack-file";
import { checkout } from "../../components/shared/system/checkout";

/** What a command works on: a stack of this checkout, and the engine with its environment. */
export interface Session {
  checkout: string;
  stack: string;
  engine: Engine;
  file: StackFile;
  env: Readonly<Record<string, string>>;
  /** The same for another stack of the checkout. */
  of: (stack: string) => Session;
  /** The sandbox, if one is up. */
  sandbox: SandboxContract | undefined;
}

/**
 * The stack selected by `pulumi stack select`, read from its file because asking pulumi takes a third of a second; `test` by
 * default.
 */
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

/** The error for a stack of kind `sandbox` whose sandbox is not up, or belongs to another user of this machine. */
export const sandboxDown = (): UserError =>
  new UserError(
    "the stack's sandbox is not up, or belongs to another user; start it with: npm run up",
    2,
  );

/** Who runs this command: as git would sign a commit, from its variables and settings; otherwise the user of this machine. */
export function whoAmI(folder = checkout, env: NodeJS.ProcessEnv = process.env): string {
  const configured = (key: string): string => {
    try {
      const args = ["config", "--get", key];
      const stdio = ["ignore", "pipe", "ignore"] as const;
      return execFileSync("git", args, {
        cwd: folder,
        env,
        encoding: "utf8" as const,
        stdio: [...stdio],
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

/** The user name on this machine; the number of a user without a name, as in some CI systems. */
export function userName(look: () => { username: string } = userInfo): string {
  try {
    return look().username;
  } catch {
    return String(process.getuid?.() ?? "unknown");
  }
}

/** The current time, as in records. */
export const now = (): string => `${new Date().toISOString().slice(0, 19)}Z`;
