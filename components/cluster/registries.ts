import { putFile } from "../shared/machine/script";
import { script } from "../shared/shell";
import type { ClusterSpec } from "../shared/cluster-spec";
import { certsFolder } from "../shared/machine/folders";

/** How containerd reaches registries. */
export type Registries = Pick<ClusterSpec, "mirrors" | "authorities">;

/** Folder of the authorities that it trusts. */
const authoritiesFolder = "/etc/containerd/authorities";

/** First line of files that Slipway wrote there. */
const ours = "# Written by slipway.";

const authorityFile = (host: string): string => `${authoritiesFolder}/${host}.pem`;
const hostsFile = (registry: string): string => `${certsFolder}/${registry}/hosts.toml`;

/**
 * A registry's `hosts.toml`: its mirrors in order, and then the registry itself. An address with a path of the registry API, such
 * as that of a proxy project of Harbor, https://harbor/v2/docker, is used unchanged.
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

/** Configures containerd's registries that have mirrors or an authority, and removes the configuration of all others. */
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
