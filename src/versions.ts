/** An image of somebody else's, pinned. */
export interface PinnedImage {
  repository: string;
  /** Exact version; never a moving tag. */
  tag: string;
  /** Where to read what a newer one brings. */
  see: string;
}

/**
 * Every image that the platform itself brings. They are pinned by version, not by digest, because none of their registries
 * could be reached from where this was written: a stack pins the digest it has verified by the component's `image` setting.
 * npm packages are pinned in package.json, the sandbox's tools in sandbox/toolchain.
 */
export const images = {
  /** ≥ 3.7 for the canary annotations of its nginx provider. */
  traefik: {
    repository: "docker.io/library/traefik",
    tag: "v3.7.15",
    see: "https://github.com/traefik/traefik/releases",
  },
} as const satisfies Record<string, PinnedImage>;

/** Reference of a pinned image. */
export const imageRef = ({ repository, tag }: PinnedImage): string => `${repository}:${tag}`;
