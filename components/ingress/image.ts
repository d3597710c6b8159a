import type { PinnedImage } from "../shared/images";

/** ≥ 3.7 for the canary annotations of its nginx provider. */
export const traefik: PinnedImage = {
  repository: "docker.io/library/traefik",
  tag: "v3.7.15",
  see: "https://github.com/traefik/traefik/releases",
};
