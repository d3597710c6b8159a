import { nodePortPairs } from "../../components/shared/names";
import {
  imageByDigest,
  listOf,
  mapping,
  mappingOf,
  text,
  whole,
} from "../../components/shared/config/fields";
import { Build } from "../build/config";
import { ReleaseRecord } from "../records/record";
import { Defaults, projectName } from "./project";

/** Keys of a stack about its projects. */
export const projectsConfig = {
  nodePorts: mapping({
    base: whole(
      30000,
      32000,
      "what the number of a pair is added to, such as 31000 for test and 32000 for prod",
    ),
    next: whole(
      30000,
      32000,
      "the same for a version on its way, to which edges give its share of the connections",
    ).optional(),
  })
    .refine(({ base, next }) => next === undefined || Math.abs(base - next) >= nodePortPairs, {
      error: `\`next\` at least ${nodePortPairs} away from \`base\`: no number may be in both`,
    })
    .optional(),
  build: Build,
  /** What releases need in the cluster besides the project's own image. */
  check: mapping({
    image: imageByDigest("an image with a static busybox at /bin/busybox,").optional(),
  }).prefault({}),
  /** What exists already and is taken over; `preview` names what there is. */
  adopt: listOf(
    text(/^[A-Z][A-Za-z]+\/[a-z0-9][-a-z0-9.]*$/, "an object such as Deployment/packet-label"),
    "a list of objects, each as Kind/name",
  ).default([]),
  /** Volumes that no file declares any more and that may go; `preview` names them. */
  discard: listOf(
    text(
      /^PersistentVolumeClaim\/[a-z0-9][-a-z0-9.]*$/,
      "a volume's claim: PersistentVolumeClaim/packet-label.data",
    ),
    "a list of claims, each as PersistentVolumeClaim/name",
  ).default([]),
  archive: mapping({
    to: text(/\S/, "a directory, or the address of a git repository"),
  }).optional(),
  defaults: Defaults.prefault({}),
  releases: mappingOf(
    projectName,
    ReleaseRecord,
    "a mapping from projects to what of each runs",
  ).prefault({}),
};
