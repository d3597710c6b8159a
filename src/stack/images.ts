import { imageRef, type PinnedImage } from "../../components/shared/images";
import { modules } from "../modules";

/** An image that a part of the platform pulls. */
export interface PlatformImage {
  part: string;
  /** Its name in the part. */
  name: string;
  /** Repository and tag that nodes pull. */
  image: string;
  /** URL of the release notes. */
  see: string;
}

/** A part, only with its images. */
interface Part {
  key: string;
  images?: Readonly<Record<string, PinnedImage>>;
}

/**
 * Images that the parts pull, for mirrors and air gaps.
 * @param parts the parts of the platform; others in tests
 */
export const platformImages = (parts: readonly Part[] = modules): PlatformImage[] =>
  parts.flatMap(({ key, images = {} }) =>
    Object.entries(images).map(([name, pinned]) => ({
      part: key,
      name,
      image: imageRef(pinned),
      see: pinned.see,
    })),
  );
