/**
 * An image of somebody else's, pinned by version and not by digest, because no public registry could be reached from where
 * this was written: a stack pins the digest it has verified by the part's `image` setting. npm packages are pinned in
 * package.json, the sandbox's tools in sandbox/toolchain.
 */
export interface PinnedImage {
  repository: string;
  /** Exact version; never a moving tag. */
  tag: string;
  /** Where to read what a newer one brings. */
  see: string;
}

/** Reference of a pinned image. */
export const imageRef = ({ repository, tag }: PinnedImage): string => `${repository}:${tag}`;
