import { imageRef, type PinnedImage } from "../../components/shared/images";
import { modules } from "../modules";

/** An image that a part of the platform pulls. */
export interface PlatformImage {
  part: string;
  /** What it is to the part. */
  name: string;
  /** Repository and tag, as nodes pull it. */
  image: string;
  /** Where to read what a newer one brings. */
  see: string;
}

/** A part as far as its images are concerned. */
interface Part {
  key: string;
  images?: Readonly<Record<string, PinnedImage>>;
}

/**
 * What the parts pull by themselves, for mirrors and air gaps.
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
