import { z } from "zod";
import { tagFormats } from "./tags";
import {
  imageByDigest,
  mapping,
  mappingOf,
  oneOf,
  text,
} from "../../components/shared/config/fields";

const directoryHere = text(/^(?!\/)[A-Za-z0-9._/-]+$/, "a directory of this checkout");

/** Which builds move the tag `latest`; nothing is ever deployed by that tag. */
export const movesLatest = ["never", "main", "always"] as const;

/** How images are built in a stack: where sources are and what the images are called. */
export const Build = mapping({
  /** Directory with one directory per project. */
  code: directoryHere.default("examples"),
  /** The config repository. */
  config: directoryHere.default("examples/config"),
  /** Commit of the config repository to read, regardless of its work tree. */
  commit: text(/^[0-9a-f]{7,40}$/, "a commit of the config repository").optional(),
  tagFormat: oneOf(tagFormats).default("time"),
  latest: oneOf(movesLatest).default("never"),
  /** buildx instance that builds; a sandbox brings its own. */
  builder: text(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "the name of a buildx instance").optional(),
  /** Images by the short names that Dockerfiles give them. */
  templates: mappingOf(
    z.string().regex(/^[a-z0-9._-]+(\/[a-z0-9._-]+)*$/, "a short name such as template/tomcat"),
    imageByDigest("an image"),
    "a mapping from short names such as template/tomcat to images by digest",
  ).default({}),
}).prefault({});
export type Build = z.output<typeof Build>;
