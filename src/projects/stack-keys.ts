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
import { explanations } from "../../components/shared/config/explained";

/** Stack keys for its projects. */
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
      "the same for a version being rolled out, to which edges give its share of the connections",
    ).optional(),
  })
    .refine(({ base, next }) => next === undefined || Math.abs(base - next) >= nodePortPairs, {
      error: `\`next\` at least ${nodePortPairs} away from \`base\`: no number may be in both`,
    })
    .optional()
    .register(explanations, {
      purpose:
        "Base of the NodePorts, to which a project's number is added, for `expose: nodePort`; `next`, at least 767 away from `base`, is for versions being rolled out, to which edges then give their share",
      example: "slipway:nodePorts: { base: 31000, next: 32000 }",
      otherwise: "none, and no project may have a NodePort",
    }),
  build: Build.register(explanations, {
    purpose:
      "Where sources and the [config repository](../examples/config/README.md) lie, and [what images are called](../examples/config/README.md#how-images-are-called)",
    example: "slipway:build: { code: code, config: code/config, tagFormat: time, latest: never }",
  }),
  /** Image for checks and pulls. */
  check: mapping({
    image: imageByDigest("an image with a static busybox at /bin/busybox,").optional(),
  })
    .prefault({})
    .register(explanations, {
      purpose: "Image that runs the checks of releases: any with a static busybox",
      example:
        "slipway:check: { image: 'harbor.shop.example/tools/busybox@sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824' }",
      otherwise:
        "the sandbox has one; elsewhere projects with a check, other than a job of their own, or with `prepull` need it",
    }),
  /** Existing objects to adopt; `preview` names them. */
  adopt: listOf(
    text(/^[A-Z][A-Za-z]+\/[a-z0-9][-a-z0-9.]*$/, "an object such as Deployment/packet-label"),
    "a list of objects, each as Kind/name",
  )
    .default([])
    .register(explanations, {
      purpose:
        "Existing objects, created by others, that the stack takes over; `preview` names them",
      example: "slipway:adopt: [Deployment/packet-label, Service/packet-label]",
    }),
  /** Undeclared volumes that may be deleted; `preview` names them. */
  discard: listOf(
    text(
      /^PersistentVolumeClaim\/[a-z0-9][-a-z0-9.]*$/,
      "a volume's claim: PersistentVolumeClaim/packet-label.data",
    ),
    "a list of claims, each as PersistentVolumeClaim/name",
  )
    .default([])
    .register(explanations, {
      purpose:
        "Volumes that no file declares any more and that may be deleted; `preview` names them",
      example: "slipway:discard: [PersistentVolumeClaim/packet-label.data]",
    }),
  archive: mapping({
    to: text(/\S/, "a directory, or the address of a git repository"),
  })
    .optional()
    .register(explanations, {
      purpose: "Where releases write the plain YAML of what runs",
      example: "slipway:archive: { to: archive }",
      otherwise: "`archive/` of the checkout",
    }),
  defaults: Defaults.prefault({}).register(explanations, {
    purpose:
      "Settings of all projects of the stack, which a project's own settings override: any of [a project's keys](projects.md) except those that make sense for one alone",
    example: "slipway:defaults: { replicas: 3, env: { TZ: Asia/Shanghai } }",
    otherwise: "the platform's",
  }),
  releases: mappingOf(projectName, ReleaseRecord, "a mapping from projects to what of each runs")
    .prefault({})
    .register(explanations, {
      purpose:
        "What runs, one record per project; commands write them, and an edit by hand followed by `pulumi up` has the same effect",
      example:
        "slipway:releases:\n  SJZY.Package.Api: { digest: sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824, tag: v1.2.0 }",
      otherwise: "none; the sandbox builds projects without one",
    }),
};
