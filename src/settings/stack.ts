import { z } from "zod";
import { Backup } from "./backup-schema";
import { nodePortPairs } from "../../components/shared/names";
import { Build } from "./build";
import {
  cpu,
  bytes,
  dnsLabel,
  domainName,
  flag,
  imageByDigest,
  listOf,
  mapping,
  mappingOf,
  secretName,
  text,
  whole,
} from "./fields";
import { EdgeConfig } from "./edge-schema";
import { Branches, Freeze, Promotion } from "./gates-schema";
import { Defaults, projectName } from "./project";
import { ReleaseRecord } from "./record";
import { HostsCluster } from "./room-schema";

const kubeconfigCluster = mapping({
  kind: z.literal("kubeconfig"),
  file: text(/\S/, "a kubeconfig's path; a relative one lies in $SLIPWAY_KUBECONFIGS or ~/.kube"),
  context: text(/\S/, "a context of the kubeconfig; its current one when left out").optional(),
  identifier: dnsLabel("a lasting name of the cluster, whatever happens to its address"),
});

const ingress = {
  domain: domainName("the domain that host names are made below"),
  class: dnsLabel("an IngressClass").default("nginx"),
};

const registryHost = text(
  /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:\d{1,5})?$/,
  "a registry's host, with a port if it has one, such as harbor:8080; no scheme, no path",
);

/** Everything below `slipway:` in `Pulumi.<stack>.yaml`, but for the secrets, which have a key each. */
export const StackConfig = mapping({
  system: dnsLabel("the system, the first part of the namespace", 30),
  cluster: z.discriminatedUnion(
    "kind",
    [kubeconfigCluster, mapping({ kind: z.literal("sandbox") }), HostsCluster],
    {
      error: "one of: hosts, kubeconfig, sandbox",
    },
  ),
  registry: mapping({
    host: registryHost,
    user: text(/^\S+$/, "a user of the registry").optional(),
    password: secretName.optional(),
  }).optional(),
  /** Who vouches for hosts that nobody else knows: of registries and mirrors, for the machines and for the commands. */
  authorities: mappingOf(
    registryHost,
    text(
      /^[^/].*\.(pem|crt)$/,
      "a file of certificates in PEM below this checkout, such as certs/room.pem",
    ),
    "a mapping from hosts of registries to files of certificates",
  ).default({}),
  ingress: z.discriminatedUnion(
    "controller",
    [
      mapping({
        controller: z.literal("managed"),
        ...ingress,
        image: imageByDigest("the controller's image").optional(),
        nodes: mappingOf(
          z.string(),
          z.string("a label's value"),
          "labels of the nodes it runs on",
        ).default({}),
      }),
      mapping({
        controller: z.literal("external"),
        ...ingress,
        namespace: dnsLabel("the namespace its pods run in"),
      }),
    ],
    { error: "one of: managed, external" },
  ),
  edge: EdgeConfig.optional(),
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
  quota: mapping({
    cpu: cpu.default("32"),
    memory: bytes.default("64Gi"),
    pods: whole(1, 100000, "a number of pods").default(300),
    volumes: whole(0, 100000, "a number of volumes").default(50),
  }).prefault({}),
  storage: mapping({
    class: dnsLabel("a storage class").optional(),
    keep: flag("whether volumes outlive their projects").default(true),
  }).prefault({}),
  build: Build,
  /** What releases need in the cluster besides the project's own image. */
  check: mapping({
    image: imageByDigest("an image with a static busybox at /bin/busybox,").optional(),
  }).prefault({}),
  /** Where the queries of checks are put. */
  prometheus: mapping({
    url: text(
      /^http:\/\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:\d{1,5})?(\/[^\s?#]*)?$/,
      "address of a Prometheus as pods reach it: http://prometheus.monitoring:9090; https cannot be asked",
    ),
  }).optional(),
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
  backup: Backup.optional(),
  branches: Branches.optional(),
  promotion: Promotion.optional(),
  freeze: Freeze.optional(),
  defaults: Defaults.prefault({}),
  releases: mappingOf(
    projectName,
    ReleaseRecord,
    "a mapping from projects to what of each runs",
  ).prefault({}),
});
export type StackConfig = z.output<typeof StackConfig>;
