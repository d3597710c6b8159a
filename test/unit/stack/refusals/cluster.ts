import { type Refusal } from "./given";

const room = {
  kind: "hosts",
  name: "room",
  version: "v1.36.3",
  endpoint: { name: "k8s.room.example", address: "10.0.0.100" },
  ssh: { key: "key" },
  hosts: { t01: { address: "10.0.0.11", role: "control-plane", hostKey: "ssh-ed25519 AAAA" } },
};
const given = (
  cluster: object,
  files: Record<string, string> = {},
  more: object = {},
): Refusal[1] => ({
  secret: ["slipway:secrets.key"],
  stack: {
    ...more,
    "slipway:secrets.key": "hunter2",
    backup: { parts: { etcd: { without: "a test" }, state: { without: "a test" } } },
    cluster: { ...room, ...cluster },
  },
  files,
});
const manifests = "cni/cilium.yaml";
const fix = `fix:     render it by its own tool: helm template cilium cilium/cilium … > ${manifests}`;
const where = "Pulumi.uat.yaml:17 → slipway:cluster.podNetwork";
const below = "Pulumi.uat.yaml:18 → slipway:cluster.podNetwork.manifests";

/** Settings of a cluster that is created on machines. */
export const roomRefusals: Refusal[] = [
  [
    "room: a network of pods that nobody knows",
    given({ podNetwork: "weave" }),
    [where, 'given:   "weave"', "allowed: routes, or {manifests: <file>}"],
  ],
  [
    "room: manifests that are not there",
    given({ podNetwork: { manifests } }),
    [below, `given:   "${manifests}"`, "allowed: a file of this checkout", fix],
  ],
  [
    "room: manifests that bring no network",
    given(
      { podNetwork: { manifests } },
      { [manifests]: "kind: ConfigMap\n---\nkind: Namespace\n" },
    ),
    [
      below,
      `given:   "${manifests}"`,
      "allowed: manifests in YAML, with a DaemonSet that gives each node its network",
      fix,
    ],
  ],
  [
    "room: manifests that are no YAML",
    given({ podNetwork: { manifests } }, { [manifests]: "kind: [DaemonSet\n" }),
    [
      below,
      `given:   "${manifests}"`,
      "allowed: manifests in YAML, with a DaemonSet that gives each node its network",
      fix,
    ],
  ],
  [
    "room: an authority whose file is not there",
    given({}, {}, { authorities: { "harbor:8443": "certs/room.pem" } }),
    [
      "Pulumi.uat.yaml:30 → slipway:authorities.harbor:8443",
      'given:   "certs/room.pem"',
      "allowed: a file of this checkout",
      "fix:     put it there: the certificate of whoever signed the host's, in PEM; it is no secret",
    ],
  ],
  [
    "room: a mirror whose address is none",
    given({ mirrors: { "docker.io": ["https://mirror:99999"] } }),
    [
      "Pulumi.uat.yaml:19 → slipway:cluster.mirrors.docker.io.0",
      'given:   "https://mirror:99999"',
      "allowed: a base address, http:// or https://",
    ],
  ],
];
