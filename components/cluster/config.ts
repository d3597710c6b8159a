import { z } from "zod";
import {
  dnsLabel,
  domainName,
  flag,
  listOf,
  mapping,
  mappingOf,
  oneOf,
  port,
  registryHost,
  text,
  whole,
} from "../shared/config/fields";
import {
  number,
  address,
  machineName,
  reach,
  login,
  machinesOf,
  packages,
} from "../shared/machine/config";
import { explanations } from "../shared/config/explained";
const network = (what: string) =>
  text(
    new RegExp(`^(${number}\\.){3}${number}/(1[2-9]|2[0-4])$`),
    `${what}: an IPv4 network of 12 to 24 bits, such as 10.244.0.0/16`,
  );

const baseRule = "a base address, http:// or https://";
const basePattern = /^https?:\/\/\S+$/;
const baseAddress = text(basePattern, baseRule).refine(
  // Values that are no address have another message.
  (given) => !basePattern.test(given) || URL.canParse(given),
  baseRule,
);
const labelKey = z
  .string()
  .regex(
    /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
    "the key of a label",
  );

const taint = mapping({
  key: labelKey,
  value: text(/^[-A-Za-z0-9_.]{0,63}$/, "a taint's value").optional(),
  effect: oneOf(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
});

const machine = {
  ...reach,
  node: text(
    machineName,
    "the name of its node, where the machine had another name when it joined: lower-case letters, digits and dashes",
  ).optional(),
  role: oneOf(["control-plane", "worker"]),
  labels: mappingOf(labelKey, z.string("a label's value"), "labels of its node").default({}),
  taints: listOf(
    taint,
    "taints of its node: {key, value, effect: NoSchedule, PreferNoSchedule or NoExecute}",
  ).default([]),
  absent: flag("whether it leaves the cluster").default(false),
};

/** `slipway:cluster` of kind `hosts`: a cluster that kubeadm creates on machines reached by SSH. */
export const HostsClusterConfig = mapping({
  kind: z.literal("hosts"),
  name: dnsLabel("a lasting name of the cluster, whatever happens to its machines"),
  version: text(/^v1\.\d{1,3}\.\d{1,3}$/, "a version of Kubernetes, such as v1.36.1"),
  endpoint: mapping({
    name: domainName("the name that the API servers answer by together"),
    address,
    port: port.default(8443),
  }),
  networks: mapping({
    pods: network("the pods' network").default("10.244.0.0/16"),
    services: network("the Services' network").default("10.96.0.0/16"),
  }).prefault({}),
  podNetwork: z
    .union(
      [
        z.literal("routes"),
        mapping({
          manifests: text(
            /^[^/].*\.ya?ml$/,
            "a YAML file below this checkout, such as cni/cilium.yaml",
          ),
        }),
      ],
      { error: "routes, or {manifests: <file>}" },
    )
    .default("routes"),
  proxy: oneOf(["iptables", "nftables", "ipvs"]).default("iptables"),
  ssh: login,
  packages: packages.prefault({}),
  drain: mapping({
    timeoutSeconds: whole(
      10,
      3600,
      "how long pods may take to leave a node before an upgrade",
    ).default(300),
    workersAtOnce: whole(1, 20, "workers that are upgraded side by side").default(1),
  }).prefault({}),
  renewBelowDays: whole(
    0,
    365,
    "days left when the control planes' certificates are made anew",
  ).default(30),
  defragment: mapping({
    below: z.number("a share between 0 and 1").min(0).max(1).default(0.5),
    above: whole(1, 100_000, "MiB that etcd's file has at least before it is worth it").default(
      100,
    ),
  }).prefault({}),
  prepull: listOf(
    text(/^[a-z0-9.:-]+\/\S+$/, "an image with its registry, such as harbor:8080/base/nginx:1.29"),
    "images that a machine has before pods come to it",
  ).default([]),
  imageRepository: text(
    /^[^\s@]+$/,
    "where the control plane's images are, such as harbor:8080/k8s",
  ).optional(),
  mirrors: mappingOf(
    z.string().regex(/^[a-z0-9.:-]+$/, "the host of a registry"),
    listOf(baseAddress, "mirrors, the first one first"),
    "registries that are reached by a mirror",
  ).default({}),
  hosts: machinesOf(machine),
});
export type HostsClusterConfig = z.output<typeof HostsClusterConfig>;

const kubeconfigCluster = mapping({
  kind: z.literal("kubeconfig"),
  file: text(/\S/, "a kubeconfig's path; a relative one lies in $SLIPWAY_KUBECONFIGS or ~/.kube"),
  context: text(/\S/, "a context of the kubeconfig; its current one when left out").optional(),
  identifier: dnsLabel("a lasting name of the cluster, whatever happens to its address"),
});

/** `slipway:cluster`: where the projects run. */
export const ClusterConfig = z
  .discriminatedUnion(
    "kind",
    [kubeconfigCluster, mapping({ kind: z.literal("sandbox") }), HostsClusterConfig],
    {
      error: "one of: hosts, kubeconfig, sandbox",
    },
  )
  .register(explanations, {
    purpose:
      "Where it runs: `hosts`, a cluster that the stack creates on machines reached by SSH ([machine room](machine-room.md)); `kubeconfig`, an existing one, such as ACK ([an existing cluster](existing-cluster.md)); `sandbox`, this machine. `identifier`, or the `name` of `hosts`, must never change: another one, like another `kind`, replaces every object of the stack",
    example: "slipway:cluster: { kind: kubeconfig, file: ack.yaml, identifier: shop-prod }",
    otherwise: "required",
  });
export type ClusterConfig = z.output<typeof ClusterConfig>;

/** `slipway:authorities`: private certificate authorities of registries and mirrors, for the machines and for the commands. */
export const Authorities = mappingOf(
  registryHost,
  text(
    /^[^/].*\.(pem|crt)$/,
    "a file of certificates in PEM below this checkout, such as certs/room.pem",
  ),
  "a mapping from hosts of registries to files of certificates",
)
  .default({})
  .register(explanations, {
    purpose: "Certificates of private authorities for registries and mirrors",
    example: "slipway:authorities: { harbor.room:8443: certs/room.pem }",
  });
