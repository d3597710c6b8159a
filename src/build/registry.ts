import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { z } from "zod";

/** A registry's answer about an image. */
export type Answer =
  | { found: true; digest: string }
  | { found: false }
  /** It does not answer, or refuses us. */
  | { unknown: string };

const manifests = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** Default time limit for an answer of the registry, in milliseconds. */
const defaultTimeout = 10_000;

/** A registry, with the authority that signs its certificate if no public one does. */
export interface Registry {
  /** With its port, if it has one. */
  host: string;
  /** Certificates in PEM, in addition to the public ones. */
  authority?: string | undefined;
  /** Time limit for an answer, in milliseconds; 10 s by default. */
  timeout?: number;
}

/** Asks a registry, by the OCI distribution API, for the digest of a tag or whether it has a digest. */
export async function lookUp(
  registry: Registry,
  repository: string,
  reference: string,
): Promise<Answer> {
  const { host } = registry;
  const fetch = await fetcher(registry);
  const path = `/v2/${repository}/manifests/${reference}`;
  const failures: string[] = [];
  for (const origin of origins(registry)) {
    try {
      const response = await ask(fetch, `${origin}${path}`, registry);
      if (response.status === 404) return { found: false };
      const digest = response.headers.get("docker-content-digest");
      if (response.ok && digest !== null) return { found: true, digest };
      return { unknown: `${host} answers ${response.status} to HEAD ${path}` };
    } catch (error) {
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      failures.push(cause instanceof Error ? cause.message : String(cause));
    }
  }
  return { unknown: `${host} does not answer: ${[...new Set(failures)].join("; ")}` };
}

/**
 * A registry on this machine is asked over plain HTTP, any other over HTTPS first; one with a private authority only over HTTPS.
 */
function origins({ host, authority }: Registry): string[] {
  if (authority !== undefined) return [`https://${host}`];
  const local = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|$)/.test(host);
  return local ? [`http://${host}`] : [`https://${host}`, `http://${host}`];
}

type Fetch = (
  url: string | URL,
  options: { method?: string; headers: Record<string, string>; signal: AbortSignal },
) => Promise<Pick<Response, "ok" | "status" | "json"> & { headers: Pick<Headers, "get"> }>;

/** How requests are sent: as usual, or with one more trusted authority. */
async function fetcher({ authority }: Registry): Promise<Fetch> {
  if (authority === undefined) return fetch;
  const undici = await import("undici");
  const ca = [...rootCertificates, authority];
  const dispatcher = new undici.Agent({ connect: { ca } });
  return (url, options) => undici.fetch(url, { ...options, dispatcher });
}

async function ask(fetch: Fetch, url: string, registry: Registry): ReturnType<Fetch> {
  const { timeout = defaultTimeout } = registry;
  const head = (headers: Record<string, string>): ReturnType<Fetch> =>
    fetch(url, {
      method: "HEAD",
      headers: { Accept: manifests, ...headers },
      signal: AbortSignal.timeout(timeout),
    });
  const first = await head({});
  if (first.status !== 401) return first;
  const challenge = first.headers.get("www-authenticate") ?? "";
  const basic =
    url.startsWith("https:") || origins(registry).length === 1
      ? credentials(registry.host)
      : undefined;
  if (/^basic/i.test(challenge)) {
    return basic === undefined ? first : await head({ Authorization: `Basic ${basic}` });
  }
  const token = await tokenFor(fetch, challenge, { basic, timeout });
  return token === undefined ? first : await head({ Authorization: `Bearer ${token}` });
}

const Token = z.object({ token: z.string().optional(), access_token: z.string().optional() });

/** Follows a `Bearer realm="…",service="…",scope="…"` challenge. */
async function tokenFor(
  fetch: Fetch,
  challenge: string,
  { basic, timeout }: { basic: string | undefined; timeout: number },
): Promise<string | undefined> {
  const parts = new Map(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]),
  );
  const realm = parts.get("realm");
  if (realm === undefined) return undefined;
  const url = new URL(realm);
  for (const key of ["service", "scope"]) {
    const value = parts.get(key);
    if (value !== undefined) url.searchParams.set(key, value);
  }
  // Credentials for the registry are not sent in plain text to the token server that it names.
  const safe = url.protocol === "https:" || url.hostname === "127.0.0.1";
  const headers: Record<string, string> =
    basic !== undefined && safe ? { Authorization: `Basic ${basic}` } : {};
  const response = await fetch(url, {
    headers,
    signal: AbortSignal.timeout(timeout),
  });
  if (!response.ok) return undefined;
  const { token, access_token: access } = Token.parse(await response.json());
  return token ?? access;
}

const DockerConfig = z.object({
  auths: z.record(z.string(), z.object({ auth: z.string().optional() })).default({}),
});

/** Credentials that `docker login` has stored for a registry. */
function credentials(host: string): string | undefined {
  const folder = process.env["DOCKER_CONFIG"] ?? join(homedir(), ".docker");
  try {
    const { auths } = DockerConfig.parse(
      JSON.parse(readFileSync(join(folder, "config.json"), "utf8")),
    );
    return (auths[host] ?? auths[`https://${host}`])?.auth;
  } catch {
    return undefined;
  }
}
