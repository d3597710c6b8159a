import { load } from "js-yaml";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { PluginError } from "../rpc/errors";

/** How to reach an API server: `clusters[].cluster` of a kubeconfig. */
export interface ClusterEntry {
  readonly server: string;
  readonly "certificate-authority"?: string;
  readonly "certificate-authority-data"?: string;
  readonly "insecure-skip-tls-verify"?: boolean;
  readonly "tls-server-name"?: string;
  readonly "proxy-url"?: string;
}

/** Who we are there: `users[].user` of a kubeconfig. */
export interface UserEntry {
  readonly "client-certificate"?: string;
  readonly "client-certificate-data"?: string;
  readonly "client-key"?: string;
  readonly "client-key-data"?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly exec?: unknown;
  readonly "auth-provider"?: unknown;
}

/** One context of a kubeconfig with what it refers to. */
export interface Context {
  readonly name: string;
  readonly namespace?: string;
  readonly cluster: ClusterEntry;
  readonly user: UserEntry;
}

/** What picks a context: the provider's arguments of the same names. */
export interface Choice {
  /** Path or content of a kubeconfig; without it `$KUBECONFIG`, `~/.kube/config` or the pod's service account. */
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly cluster?: string;
}

interface Named {
  readonly name: string;
}
interface Kubeconfig {
  readonly "current-context"?: string;
  readonly clusters?: readonly (Named & { readonly cluster: ClusterEntry })[];
  readonly users?: readonly (Named & { readonly user: UserEntry })[];
  readonly contexts?: readonly (Named & {
    readonly context: { cluster: string; user?: string; namespace?: string };
  })[];
}

const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Resolves the context to use. Throws one sentence that says what is missing where. */
export function resolveContext(choice: Choice, env: NodeJS.ProcessEnv = process.env): Context {
  const { config, origin } = read(choice.kubeconfig, env);
  const name = choice.context ?? config["current-context"];
  if (name === undefined || name === "") {
    throw new PluginError(`${origin} has no current-context: set the provider's \`context\``);
  }
  const context = find(config.contexts, name, `context of ${origin}`).context;
  const cluster = find(config.clusters, choice.cluster ?? context.cluster, `cluster of ${origin}`);
  const user =
    context.user === undefined ? {} : find(config.users, context.user, `user of ${origin}`).user;
  return { name, namespace: context.namespace, cluster: cluster.cluster, user };
}

/** The cluster that a kubeconfig leads to, or undefined if that cannot be told; for comparing two of them. */
export function activeCluster(choice: Choice): ClusterEntry | undefined {
  if (choice.kubeconfig === undefined) return undefined;
  try {
    return resolveContext(choice).cluster;
  } catch {
    return undefined;
  }
}

function read(
  given: string | undefined,
  env: NodeJS.ProcessEnv,
): { config: Kubeconfig; origin: string } {
  if (given !== undefined && given !== "") {
    const path = given.replace(/^~(?=$|\/)/, homedir());
    if (existsSync(path)) return { config: parseFile(path), origin: path };
    if (!/[\n{:]/.test(given)) throw new PluginError(`there is no kubeconfig ${path}`);
    return { config: parse(given, "the given kubeconfig"), origin: "the given kubeconfig" };
  }
  const paths = (env["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  const files = paths.length > 0 ? paths : [join(homedir(), ".kube", "config")];
  const found = files.filter((path) => existsSync(path));
  if (found.length > 0) return { config: merge(found.map(parseFile)), origin: found.join(", ") };
  const host = env["KUBERNETES_SERVICE_HOST"];
  if (host !== undefined) return { config: inCluster(host, env), origin: "the pod's environment" };
  throw new PluginError(
    `there is no kubeconfig: neither \`kubeconfig\` nor $KUBECONFIG is set, and ${files.join(", ")} does not exist`,
  );
}

/** kubectl's rule for several files: whatever comes first wins. */
function merge(configs: readonly Kubeconfig[]): Kubeconfig {
  return {
    "current-context": configs.map((config) => config["current-context"]).find(Boolean),
    clusters: configs.flatMap((config) => config.clusters ?? []),
    users: configs.flatMap((config) => config.users ?? []),
    contexts: configs.flatMap((config) => config.contexts ?? []),
  };
}

function parseFile(path: string): Kubeconfig {
  const config = parse(readFileSync(path, "utf8"), path);
  const folder = dirname(resolve(path));
  const absolute = <Entry extends object>(entry: Entry, ...keys: (keyof Entry)[]): Entry => {
    const copy = { ...entry };
    for (const key of keys) {
      const value = copy[key];
      if (typeof value === "string" && !isAbsolute(value)) {
        copy[key] = join(folder, value) as typeof value;
      }
    }
    return copy;
  };
  return {
    ...config,
    clusters: config.clusters?.map((entry) => ({
      ...entry,
      cluster: absolute(entry.cluster, "certificate-authority"),
    })),
    users: config.users?.map((entry) => ({
      ...entry,
      user: absolute(entry.user, "client-certificate", "client-key", "tokenFile"),
    })),
  };
}

function parse(text: string, origin: string): Kubeconfig {
  let config: unknown;
  try {
    config = load(text);
  } catch (error) {
    // The parser's message quotes the text, which may hold credentials: its first line says what is wrong.
    const [reason] = error instanceof Error ? error.message.split("\n") : [];
    throw new PluginError(`${origin} is not a kubeconfig: ${reason ?? "not YAML"}`);
  }
  if (typeof config !== "object" || config === null || !("clusters" in config)) {
    throw new PluginError(`${origin} is not a kubeconfig: it has no \`clusters\``);
  }
  return config as Kubeconfig;
}

function inCluster(host: string, env: NodeJS.ProcessEnv): Kubeconfig {
  const address = host.includes(":") ? `[${host}]` : host;
  const namespace = join(serviceAccount, "namespace");
  const cluster = {
    server: `https://${address}:${env["KUBERNETES_SERVICE_PORT"] ?? "443"}`,
    "certificate-authority": join(serviceAccount, "ca.crt"),
  };
  const context = {
    cluster: "pod",
    user: "pod",
    namespace: existsSync(namespace) ? readFileSync(namespace, "utf8").trim() : undefined,
  };
  return {
    "current-context": "pod",
    clusters: [{ name: "pod", cluster }],
    users: [{ name: "pod", user: { tokenFile: join(serviceAccount, "token") } }],
    contexts: [{ name: "pod", context }],
  };
}

function find<Entry extends Named>(
  entries: readonly Entry[] | undefined,
  name: string,
  what: string,
): Entry {
  const entry = (entries ?? []).find((candidate) => candidate.name === name);
  if (entry !== undefined) return entry;
  const names = (entries ?? []).map((candidate) => candidate.name).join(", ");
  throw new PluginError(`there is no ${what} named "${name}"; there are: ${names || "none"}`);
}
