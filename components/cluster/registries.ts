import { putFile } from "../shared/machine/script";
import { script } from "../shared/shell";
import type { ClusterSpec } from "../shared/cluster-spec";
import { certsFolder } from "../shared/machine/folders";

/** How containerd reaches registries. */
export type Registries = Pick<ClusterSpec, "mirrors" | "authorities">;

/** Where the authorities are that it believes. */
const authoritiesFolder = "/etc/containerd/authorities";

/** First line of what is ours there. */
const ours = "# Written by slipway.";

const authorityFile = (host: string): string => `${authoritiesFolder}/${host}.pem`;
const hostsFile = (registry: string): string => `${certsFolder}/${registry}/hosts.toml`;

/**
 * A registry's `hosts.toml`: its mirrors, the first one first, and then the registry itself. An address whose path is one of
 * the registry API's, such as that of a proxy project of Harbor, https://harbor/v2/docker, is taken as it stands.
 */
export function hostsToml(registry: string, { mirrors, authorities }: Registries): string {
  const believes = (host: string): string[] =>
    authorities[host] === undefined ? [] : [`ca = "${authorityFile(host)}"`];
  const own = believes(registry);
  const server = own.length === 0 ? [] : [`server = "https://${registry}"`, ...own];
  const hosts = (mirrors[registry] ?? []).map((address) => {
    const { host, pathname } = new URL(address);
    return [
      `[host."${address}"]`,
      `  capabilities = ["pull", "resolve"]`,
      ...believes(host).map((line) => `  ${line}`),
      ...(/^\/v2(\/|$)/.test(pathname) ? ["  override_path = true"] : []),
    ].join("\n");
  });
  return [ours, ...server, ...hosts.map((host) => `\n${host}`), ""].join("\n");
}

/** Tells containerd of registries that have mirrors or an authority of their own, and takes back what it was told of others. */
export function registriesBody(registries: Registries): string {
  const { mirrors, authorities } = registries;
  const named = [...new Set([...Object.keys(mirrors), ...Object.keys(authorities)])].sort();
  const files = [
    ...Object.entries(authorities).map(([host, pem]) => [authorityFile(host), pem] as const),
    ...named.map((registry) => [hostsFile(registry), hostsToml(registry, registries)] as const),
  ];
  const keep = script("components/cluster/registries.sh", {
    KEEP: files.map(([path]) => path).join(" "),
    OURS: ours,
    CERTS: certsFolder,
    AUTHORITIES: authoritiesFolder,
  });
  return [keep, ...files.map(([path, text]) => putFile(path, text))].join("\n");
}
