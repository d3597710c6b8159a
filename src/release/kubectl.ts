import { execa } from "execa";
import { UserError } from "../../components/shared/problem";
import { kubeconfigPath } from "../settings/cluster";
import type { StackConfig } from "../settings/stack";
import type { Session } from "./session";

/** Runs kubectl on a stack's cluster and returns what it prints; throws in a line what it says. */
export async function kubectl(
  { env, sandbox }: Session,
  { cluster }: StackConfig,
  args: readonly string[],
): Promise<string> {
  const file = cluster.kind === "sandbox" ? sandbox?.kubeconfig : kubeconfigPath(cluster.file, env);
  if (file === undefined) {
    throw new UserError("the stack's sandbox is not up; start it with: npm run up", 2);
  }
  const context =
    cluster.kind === "kubeconfig" && cluster.context !== undefined
      ? ["--context", cluster.context]
      : [];
  const all = ["--kubeconfig", file, ...context, ...args];
  const { exitCode, stdout, stderr } = await execa("kubectl", all, {
    ...{ env, extendEnv: false, reject: false, stripFinalNewline: false },
  });
  if (exitCode === 0) return stdout;
  throw new UserError(`kubectl ${args.join(" ")}: ${stderr.trim() || "it is not on PATH"}`);
}
