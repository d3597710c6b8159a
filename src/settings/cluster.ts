import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import type { Problem } from "../../components/shared/problem";
import { readYaml, suggestion } from "./problems";

/** A cluster that a kubeconfig leads to. */
export interface Cluster {
  /** Path of the kubeconfig. */
  kubeconfig: string;
  context: string;
  /** Lasting name: the provider's address may change without a resource being replaced. */
  identifier: string;
  endpoint: Endpoint;
}

/** How its API server is asked. */
export interface Endpoint {
  /** `https://…` */
  server: string;
  ca?: string;
  serverName?: string;
  /** Client certificate, or a bearer token; neither where a helper program logs in. */
  credentials?: { cert: string; key: string } | { token: string };
  /** Whether only a proxy leads there, which is left to the plugin. */
  proxied: boolean;
}

/** The parts of a kubeconfig that we look at. */
const Kubeconfig = z.object({
  "current-context": z.string().optional(),
  contexts: z.array(
    z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) }),
  ),
  clusters: z.array(
    z.object({
      name: z.string(),
      cluster: z.object({
        server: z.url(),
        "certificate-authority": z.string().optional(),
        "certificate-authority-data": z.string().optional(),
        "tls-server-name": z.string().optional(),
        "insecure-skip-tls-verify": z.boolean().optional(),
        "proxy-url": z.string().optional(),
      }),
    }),
  ),
  users: z.array(
    z.object({
      name: z.string(),
      user: z.object({
        "client-certificate": z.string().optional(),
        "client-certificate-data": z.string().optional(),
        "client-key": z.string().optional(),
        "client-key-data": z.string().optional(),
        token: z.string().optional(),
      }),
    }),
  ),
});

/** Where a kubeconfig named in a stack file lies. */
export function kubeconfigPath(file: string, env: NodeJS.ProcessEnv): string {
  const home = env["HOME"] ?? homedir();
  return resolve(
    env["SLIPWAY_KUBECONFIGS"] ?? resolve(home, ".kube"),
    file.replace(/^~(?=\/)/, home),
  );
}

/** Reads a kubeconfig and picks the cluster of a context. Problems are told by the path of the setting they come from. */
export function readKubeconfig(
  path: string,
  wanted: string | undefined,
):
  | { value: Omit<Cluster, "identifier"> }
  | { problem: Pick<Problem, "path" | "given" | "allowed" | "mend"> } {
  const problem = (about: "file" | "context", given: string, allowed: string, mend?: string) => ({
    problem: { path: about, given, allowed, mend },
  });
  if (!existsSync(path)) {
    const mend = 'put it there, or change `file`; in the sandbox: eval "$(npx slipway env)"';
    return problem("file", path, "a kubeconfig that exists", mend);
  }
  const read = readText(path);
  if (read === undefined)
    return problem("file", path, "a file that you may read", `chmod u+r ${path}`);
  const yaml = readYaml(path, read);
  const parsed = "problem" in yaml ? undefined : Kubeconfig.safeParse(yaml.document.value);
  if (!parsed?.success) {
    const issue = parsed?.error.issues[0];
    const detail =
      issue === undefined ? "it is not YAML" : `at ${issue.path.join(".")}: ${issue.message}`;
    return problem("file", path, "a kubeconfig with clusters, users and contexts", detail);
  }
  const config = parsed.data;
  const names = config.contexts.map(({ name }) => name);
  const name = wanted ?? config["current-context"];
  const context = config.contexts.find((entry) => entry.name === name)?.context;
  if (name === undefined || context === undefined) {
    const allowed = `a context of ${path}: ${names.join(", ")}`;
    return problem("context", name ?? "", allowed, suggestion(name ?? "", names));
  }
  const cluster = config.clusters.find((entry) => entry.name === context.cluster)?.cluster;
  const user = config.users.find((entry) => entry.name === context.user)?.user;
  if (cluster === undefined || user === undefined) {
    const missing = cluster === undefined ? `cluster ${context.cluster}` : `user ${context.user}`;
    return problem(
      "context",
      name,
      "a context whose cluster and user are in the file",
      `add the ${missing} to ${path}`,
    );
  }
  if (cluster["insecure-skip-tls-verify"] === true) {
    const mend = "replace `insecure-skip-tls-verify` by `certificate-authority-data`";
    return problem("file", path, "a kubeconfig that proves whom it talks to", mend);
  }
  const inline = (data: string | undefined, file: string | undefined): string | undefined => {
    if (data !== undefined) return Buffer.from(data, "base64").toString("utf8");
    return file === undefined ? undefined : readText(resolve(dirname(path), file));
  };
  const cert = inline(user["client-certificate-data"], user["client-certificate"]);
  const key = inline(user["client-key-data"], user["client-key"]);
  const endpoint: Endpoint = {
    server: cluster.server,
    ca: inline(cluster["certificate-authority-data"], cluster["certificate-authority"]),
    serverName: cluster["tls-server-name"],
    credentials:
      cert !== undefined && key !== undefined
        ? { cert, key }
        : user.token === undefined
          ? undefined
          : { token: user.token },
    proxied: cluster["proxy-url"] !== undefined,
  };
  return { value: { kubeconfig: path, context: name, endpoint } };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
