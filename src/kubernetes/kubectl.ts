import { execa } from "execa";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../../components/shared/problem";
import { kubeconfigPath } from "../../components/cluster/kubeconfig";
import type { StackConfig } from "../stack/config";
import { sandboxDown, type Session } from "../engine/session";

/** Runs kubectl on a stack's cluster and returns its output; throws its error as one line. */
export async function kubectl(
  session: Session,
  { cluster }: StackConfig,
  args: readonly string[],
): Promise<string> {
  const { env, sandbox } = session;
  switch (cluster.kind) {
    case "hosts":
      return await withOwnKubeconfig(session, (file) => run(env, file, args));
    case "kubeconfig": {
      const context = cluster.context === undefined ? [] : ["--context", cluster.context];
      return await run(env, kubeconfigPath(cluster.file, env), args, context);
    }
    case "sandbox":
      if (sandbox !== undefined) return await run(env, sandbox.kubeconfig, args);
      throw sandboxDown();
  }
}

/** Writes the kubeconfig of a cluster that the stack has created to a file for kubectl, for as long as it is needed. */
async function withOwnKubeconfig(
  { engine, stack }: Session,
  use: (file: string) => Promise<string>,
): Promise<string> {
  const outputs = (await engine.json("stack", "output", "--show-secrets")) as {
    kubeconfig?: string;
  };
  if (outputs.kubeconfig === undefined)
    throw new UserError(
      `stack ${stack} has no cluster yet; create it with: pulumi up -s ${stack}`,
      2,
    );
  const folder = mkdtempSync(join(tmpdir(), "slipway-kubeconfig-"));
  try {
    writeFileSync(join(folder, "config"), outputs.kubeconfig, { mode: 0o600 });
    return await use(join(folder, "config"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function run(
  env: Session["env"],
  file: string,
  args: readonly string[],
  context: readonly string[] = [],
): Promise<string> {
  // A silent server must not keep the user waiting.
  const bound = args[0] === "get" ? ["--request-timeout", "20s"] : [];
  const all = ["--kubeconfig", file, ...context, ...bound, ...args];
  const { exitCode, stdout, stderr } = await execa("kubectl", all, {
    env,
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
  });
  if (exitCode === 0) return stdout;
  // Lines of its client library repeat the same several times.
  const said = stderr.split("\n").filter((line) => !/^[EWI]\d{4} /.test(line));
  throw new UserError(
    `kubectl ${args.join(" ")}: ${said.join("\n").trim() || "it is not on PATH"}`,
  );
}
