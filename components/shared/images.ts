/**
 * A third-party image, pinned by version and not by digest, because no public registry was reachable during development: a stack
 * pins the digest that it has verified by the part's `image` setting. package.json pins npm packages, sandbox/toolchain the
 * sandbox's tools.
 */
export interface PinnedImage {
  repository: string;
  /** Exact version; never a moving tag. */
  tag: string;
  /** URL of the release notes. */
  see: string;
}

/** Reference of a pinned image. */
export const imageRef = ({ repository, tag }: PinnedImage): string => `${repository}:${tag}`;
