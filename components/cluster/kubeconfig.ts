import { load } from "js-yaml";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import type { Problem } from "../shared/problem";
import { readYaml, suggestion } from "../shared/config/document";

/** A cluster that a kubeconfig describes. */
export interface KubeconfigCluster {
  kind: "kubeconfig";
  /** Path of the kubeconfig. */
  kubeconfig: string;
  context: string;
  /** Stable identifier: the address may change without a resource being replaced. */
  identifier: string;
  endpoint: Endpoint;
}

/** How its API server is reached. */
export interface Endpoint {
  /** `https://…` */
  server: string;
  ca?: string;
  serverName?: string;
  /** Client certificate with its key, or a bearer token; neither where a credential plugin logs in. */
  cert?: string;
  key?: string;
  token?: string;
  /** Whether a proxy may be needed, which is left to the plugin. */
  proxied: boolean;
}

const text = z.string();

/** A kubeconfig; only the chosen context, its cluster and its user are checked. */
const entries = z.array(z.unknown()).nullish();
const Kubeconfig = z.object({
  "current-context": text.nullish(),
  contexts: entries,
  clusters: entries,
  users: entries,
});
type Kubeconfig = z.output<typeof Kubeconfig>;

/** The fields of the chosen entries that are read. */
const Context = z.object({ cluster: text, user: text });
const ClusterEntry = z.object({
  server: z.url({ protocol: /^https$/, error: "an address that begins with https://" }),
  "certificate-authority": text.optional(),
  "certificate-authority-data": text.optional(),
  "tls-server-name": text.optional(),
  "insecure-skip-tls-verify": z.boolean().optional(),
  "proxy-url": text.optional(),
});
const UserEntry = z.object({
  "client-certificate": text.optional(),
  "client-certificate-data": text.optional(),
  "client-key": text.optional(),
  "client-key-data": text.optional(),
  token: text.optional(),
});
type ClusterEntry = z.output<typeof ClusterEntry>;
type UserEntry = z.output<typeof UserEntry>;

/** A problem, with the setting that caused it. */
type Refusal = {
  problem: { about: "file" | "context" } & Pick<Problem, "given" | "allowed" | "fix">;
};
type Found<T> = { value: T } | Refusal;

const refuse = (
  about: "file" | "context",
  given: string,
  allowed: string,
  fix?: string,
): Refusal => ({ problem: { about, given, allowed, fix } });

/** Path of a kubeconfig that a stack file names. */
export function kubeconfigPath(file: string, env: NodeJS.ProcessEnv): string {
  const home = env["HOME"] ?? homedir();
  const directory = env["SLIPWAY_KUBECONFIGS"] ?? resolve(home, ".kube");
  return resolve(directory, file.replace(/^~(?=\/)/, home));
}

/** Reads a kubeconfig and picks the cluster of a context, by default of the current one. */
export function findCluster(
  path: string,
  wanted: string | undefined,
  env: NodeJS.ProcessEnv,
): Found<Omit<KubeconfigCluster, "identifier" | "kind">> {
  const read = readKubeconfig(path);
  if ("problem" in read) return read;
  const picked = pickContext(path, read.value, wanted);
  if ("problem" in picked) return picked;
  const { context, cluster } = picked.value;
  if (cluster["insecure-skip-tls-verify"] === true) {
    const fix = "replace `insecure-skip-tls-verify` by `certificate-authority-data`";
    return refuse("file", path, "a kubeconfig that proves whom it talks to", fix);
  }
  return { value: { kubeconfig: path, context, endpoint: endpointOf(path, picked.value, env) } };
}

/** Endpoint of a cluster that this stack creates, from its kubeconfig. */
export function ownEndpoint(kubeconfig: string): Endpoint {
  const picked = pickContext("", Kubeconfig.parse(load(kubeconfig)), undefined);
  if ("problem" in picked) throw new Error("the cluster's own kubeconfig has no context");
  // It names no proxy; the plugin decides whether to use the environment's.
  return endpointOf("", picked.value, {});
}

function endpointOf(
  path: string,
  { cluster, user }: { cluster: ClusterEntry; user: UserEntry },
  env: NodeJS.ProcessEnv,
): Endpoint {
  const { server, "tls-server-name": serverName, "proxy-url": proxy } = cluster;
  return {
    server,
    serverName,
    token: user.token,
    ca: inline(path, cluster["certificate-authority-data"], cluster["certificate-authority"]),
    cert: inline(path, user["client-certificate-data"], user["client-certificate"]),
    key: inline(path, user["client-key-data"], user["client-key"]),
    proxied: proxy !== undefined || behindProxy(server, env),
  };
}

function readKubeconfig(path: string): Found<Kubeconfig> {
  if (!existsSync(path)) {
    const fix = 'put it there, or change `file`; in the sandbox: eval "$(./slipway env)"';
    return refuse("file", path, "a kubeconfig that exists", fix);
  }
  const content = readText(path);
  if (content === undefined)
    return refuse("file", path, "a file that you may read", `chmod u+r ${path}`);
  const yaml = readYaml(path, content);
  if ("problem" in yaml) return refuse("file", path, kubeconfigForm, "it is not YAML");
  const parsed = Kubeconfig.safeParse(yaml.document.value);
  if (parsed.success) return { value: parsed.data };
  const [issue] = parsed.error.issues;
  const fix = `at ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`;
  return refuse("file", path, kubeconfigForm, fix);
}

const kubeconfigForm = "a kubeconfig with clusters, users and contexts";

function pickContext(
  path: string,
  config: Kubeconfig,
  wanted = config["current-context"] ?? "",
): Found<{ context: string; cluster: ClusterEntry; user: UserEntry }> {
  const names = (config.contexts ?? []).flatMap((entry) => nameOf(entry) ?? []);
  if (names.length === 0) return refuse("file", path, kubeconfigForm, "it has no contexts");
  if (!names.includes(wanted)) {
    const allowed = `a context of ${path}: ${names.join(", ")}`;
    return refuse("context", wanted, allowed, suggestion(wanted, names));
  }
  const find = <T>(many: "contexts" | "clusters" | "users", name: string, form: z.ZodType<T>) => {
    const one = many.slice(0, -1);
    const entry = (config[many] ?? []).find((each) => nameOf(each) === name);
    if (entry === undefined) {
      const allowed = "a context whose cluster and user are in the file";
      return refuse("context", wanted, allowed, `add the ${one} ${name} to ${path}`);
    }
    const parsed = form.safeParse((entry as Record<string, unknown>)[one] ?? {});
    if (parsed.success) return { value: parsed.data };
    const [issue] = parsed.error.issues;
    const where = [many, name, one, ...(issue?.path ?? [])].join(".");
    const allowed = `a context of which cluster and user can be read; at ${where}: ${issue?.message ?? ""}`;
    return refuse("context", wanted, allowed, `fix that entry of ${path}`);
  };
  const context = find("contexts", wanted, Context);
  if ("problem" in context) return context;
  const cluster = find("clusters", context.value.cluster, ClusterEntry);
  if ("problem" in cluster) return cluster;
  const user = find("users", context.value.user, UserEntry);
  if ("problem" in user) return user;
  return { value: { context: wanted, cluster: cluster.value, user: user.value } };
}

/** Name of an entry of a kubeconfig; undefined for any other value. */
function nameOf(entry: unknown): string | undefined {
  const { name } = (entry ?? {}) as { name?: unknown };
  return typeof name === "string" ? name : undefined;
}

/** A PEM that a kubeconfig embeds, or a file that it names. */
function inline(
  path: string,
  data: string | undefined,
  file: string | undefined,
): string | undefined {
  if (data !== undefined) return Buffer.from(data, "base64").toString("utf8");
  return file === undefined ? undefined : readText(resolve(dirname(path), file));
}

/** Whether the plugin, like every Go program, may use the proxy of the environment. */
function behindProxy(server: string, env: NodeJS.ProcessEnv): boolean {
  const local = ["127.0.0.1", "localhost", "[::1]"].includes(new URL(server).hostname);
  return !local && (env["HTTPS_PROXY"] ?? env["https_proxy"] ?? "") !== "";
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
