import { type Refusal } from "./given";

const keep = { daily: 7 };
const s3 = {
  kind: "s3",
  endpoint: "https://s3.example",
  bucket: "slipway",
  accessKey: "id",
  secretKey: "key",
};
const sftp = {
  kind: "sftp",
  address: "10.0.9.9",
  user: "backup",
  key: "key",
  path: "/srv/slipway",
  hostKey: "ssh-ed25519 AAAA",
};
const state = { schedule: "hourly", keep, target: "offsite" };
const secret = ["password", "id", "key"].map((name) => `slipway:secrets.${name}`);
const secrets = Object.fromEntries(secret.map((key) => [key, "hunter2"]));

/** A stack with valid backups of its state, except for the tested error. */
const given = (backup: object, more: Partial<Refusal[1]> = {}): Refusal[1] => ({
  secret,
  stack: {
    ...secrets,
    backup: { password: "password", targets: { offsite: s3 }, parts: { state }, ...backup },
  },
  ...more,
});
const part = (changes: object): Refusal[1] => given({ parts: { state: { ...state, ...changes } } });
const target = (changes: object, of: object = s3): Refusal[1] =>
  given({ targets: { offsite: { ...of, ...changes } } });

const room = {
  kind: "hosts",
  name: "room",
  version: "v1.36.3",
  endpoint: { name: "k8s.room.example", address: "10.0.0.100" },
  ssh: { key: "key" },
  hosts: { t01: { address: "10.0.0.11", role: "control-plane", hostKey: "ssh-ed25519 AAAA" } },
};
const shop = (volume: string): Record<string, string> => ({
  "projects/Shop.yaml": `name: Shop\nkind: back\nport: 80\nreplicas: 1\nstrategy: recreate\nvolumes: { data: { path: /data, size: 1Gi${volume} } }\n`,
});

/** Backup settings of a stack. */
export const backup: Refusal[] = [
  [
    "backup: a schedule of other words",
    part({ schedule: "every day" }),
    [
      "Pulumi.uat.yaml:33 → slipway:backup.parts.state.schedule",
      'given:   "every day"',
      "allowed: hourly, daily, weekly, each so many minutes such as *:0/15 (5, 10, 15, 20 or 30), or a time of each day such as 02:30",
    ],
  ],
  [
    "backup: a schedule that no CronJob has",
    part({ schedule: "*:0/7" }),
    [
      "Pulumi.uat.yaml:33 → slipway:backup.parts.state.schedule",
      'given:   "*:0/7"',
      "allowed: hourly, daily, weekly, each so many minutes such as *:0/15 (5, 10, 15, 20 or 30), or a time of each day such as 02:30",
    ],
  ],
  [
    "backup: a key that is none, of which nothing is shown",
    target({}, sftp),
    [
      "Pulumi.uat.yaml:29 → slipway:backup.targets.offsite.key",
      'given:   "key"',
      "allowed: the name of a secret with a private key, without a passphrase; of this one: it is neither in OpenSSH's format nor a PEM key",
      "fix:     pulumi config set --secret slipway:secrets.key --stack uat < key",
    ],
  ],
  [
    "backup: a drill that no clock knows",
    part({ drill: "24:00" }),
    [
      "Pulumi.uat.yaml:37 → slipway:backup.parts.state.drill",
      'given:   "24:00"',
      "allowed: hourly, daily, weekly, each so many minutes such as *:0/15 (5, 10, 15, 20 or 30), or a time of each day such as 02:30",
    ],
  ],
  [
    "backup: nothing kept",
    part({ keep: {} }),
    [
      "Pulumi.uat.yaml:34 → slipway:backup.parts.state.keep",
      "given:   {}",
      "allowed: how many snapshots stay, at least one: {hourly, daily, weekly, monthly}",
    ],
  ],
  [
    "backup: a number of snapshots that keeps none",
    part({ keep: { daily: 0 } }),
    [
      "Pulumi.uat.yaml:35 → slipway:backup.parts.state.keep.daily",
      "given:   0",
      "allowed: a number of days, 1 to 1000",
    ],
  ],
  [
    "backup: no retention",
    part({ keep: undefined }),
    [
      "Pulumi.uat.yaml:32 → slipway:backup.parts.state.keep",
      "allowed: a mapping with keys of: hourly, daily, weekly, monthly",
      "fix:     it is missing: add `slipway:backup.parts.state.keep`",
    ],
  ],
  [
    "backup: a target that is none",
    part({ target: "offsit" }),
    [
      "Pulumi.uat.yaml:36 → slipway:backup.parts.state.target",
      'given:   "offsit"',
      "allowed: one of: offsite",
      "fix:     did you mean `offsite`?",
    ],
  ],
  [
    "backup: no target at all",
    given({ targets: {} }),
    [
      "Pulumi.uat.yaml:30 → slipway:backup.parts.state.target",
      'given:   "offsite"',
      "allowed: a target; `targets` names none",
      "fix:     add `offsite` to `slipway:backup.targets`",
    ],
  ],
  [
    "backup: a part that it does not know",
    given({ parts: { state, gitea: state } }),
    [
      "Pulumi.uat.yaml:37 → slipway:backup.parts.gitea",
      'given:   "gitea"',
      "allowed: one of the keys etcd, state, registry, volumes",
    ],
  ],
  [
    "backup: the state left out without a word",
    given({ parts: {} }),
    [
      "Pulumi.uat.yaml:31 → slipway:backup.parts.state",
      "allowed: how it is backed up (schedule, keep, target), or why not; what would be lost is the engine's state and the settings",
      'fix:     add `state: {schedule: daily, keep: {daily: 7}, target: …}`, or `state: {without: "why not"}`',
    ],
  ],
  [
    "backup: a part left out without a reason",
    given({ parts: { state: { without: "" } } }),
    [
      "Pulumi.uat.yaml:33 → slipway:backup.parts.state.without",
      'given:   ""',
      "allowed: why, in a few words",
    ],
  ],
  [
    "backup: a registry without its folder",
    given({ parts: { state, registry: state } }),
    [
      "Pulumi.uat.yaml:37 → slipway:backup.parts.registry.folder",
      "allowed: an absolute path without `.`, `..` and a slash at the end",
      "fix:     it is missing: add `slipway:backup.parts.registry.folder`",
    ],
  ],
  [
    "backup: volumes by an image that may change",
    given({ parts: { state, volumes: { ...state, image: "restic:latest" } } }),
    [
      "Pulumi.uat.yaml:41 → slipway:backup.parts.volumes.image",
      'given:   "restic:latest"',
      "allowed: an image with restic and ssh by digest, repository@sha256:…",
    ],
  ],
  [
    "backup: no password",
    given({ password: undefined }),
    [
      "Pulumi.uat.yaml:22 → slipway:backup.password",
      "allowed: the name of the secret that backups are encrypted with",
      "fix:     it is missing: add `password: backupPassword`, and keep the password outside of this room, too: without it no backup opens",
    ],
  ],
  [
    "backup: a password that the stack does not have",
    given({ password: "passwort" }),
    [
      "Pulumi.uat.yaml:23 → slipway:backup.password",
      'given:   "passwort"',
      "allowed: the name of a secret of this stack; there is none of the name given",
      "fix:     pulumi config set --secret slipway:secrets.passwort --stack uat",
    ],
  ],
  [
    "backup: a target of another kind",
    target({ kind: "ftp" }),
    [
      "Pulumi.uat.yaml:26 → slipway:backup.targets.offsite.kind",
      'given:   "ftp"',
      "allowed: one of: s3, sftp",
      "fix:     did you mean `sftp`?",
    ],
  ],
  [
    "backup: an endpoint with a path",
    target({ endpoint: "https://s3.example/bucket" }),
    [
      "Pulumi.uat.yaml:27 → slipway:backup.targets.offsite.endpoint",
      'given:   "https://s3.example/bucket"',
      "allowed: a server's address without a path, such as https://s3.example",
    ],
  ],
  [
    "backup: a bucket's name in capitals",
    target({ bucket: "Slipway" }),
    [
      "Pulumi.uat.yaml:28 → slipway:backup.targets.offsite.bucket",
      'given:   "Slipway"',
      "allowed: a bucket's name: 3 to 63 lower-case letters, digits, dashes and dots",
    ],
  ],
  [
    "backup: keys that the stack does not have",
    target({ accessKey: "nobody", secretKey: "nothing" }),
    [
      "Pulumi.uat.yaml:29 → slipway:backup.targets.offsite.accessKey",
      'given:   "nobody"',
      "allowed: the name of a secret of this stack; there is none of the name given",
      "fix:     pulumi config set --secret slipway:secrets.nobody --stack uat",
      "Pulumi.uat.yaml:30 → slipway:backup.targets.offsite.secretKey",
      'given:   "nothing"',
      "allowed: the name of a secret of this stack; there is none of the name given",
      "fix:     pulumi config set --secret slipway:secrets.nothing --stack uat",
    ],
  ],
  [
    "backup: a machine without a host key",
    target({ hostKey: undefined }, sftp),
    [
      "Pulumi.uat.yaml:25 → slipway:backup.targets.offsite.hostKey",
      "allowed: the machine's public key, as `ssh-keyscan` or /etc/ssh/ssh_host_ed25519_key.pub has it: ssh-ed25519 AAAA…",
      "fix:     it is missing: add `slipway:backup.targets.offsite.hostKey`",
    ],
  ],
  [
    "backup: a host key that is none",
    target({ hostKey: "SHA256:abc" }, sftp),
    [
      "Pulumi.uat.yaml:31 → slipway:backup.targets.offsite.hostKey",
      'given:   "SHA256:abc"',
      "allowed: the machine's public key, as `ssh-keyscan` or /etc/ssh/ssh_host_ed25519_key.pub has it: ssh-ed25519 AAAA…",
    ],
  ],
  [
    "backup: a folder that is not absolute",
    target({ path: "slipway" }, sftp),
    [
      "Pulumi.uat.yaml:30 → slipway:backup.targets.offsite.path",
      'given:   "slipway"',
      "allowed: an absolute path without `.`, `..` and a slash at the end",
    ],
  ],
  [
    "backup: the etcd of a room without a word",
    { secret, stack: { ...secrets, cluster: room } },
    [
      "Pulumi.uat.yaml:1 → slipway:backup.parts.etcd",
      "allowed: how it is backed up (schedule, keep, target), or why not; what would be lost is etcd of cluster room",
      'fix:     add `etcd: {schedule: daily, keep: {daily: 7}, target: …}`, or `etcd: {without: "why not"}`',
    ],
  ],
  [
    "backup: etcd of a cluster that somebody else runs",
    given({ parts: { state, etcd: state } }),
    [
      "Pulumi.uat.yaml:37 → slipway:backup.parts.etcd",
      "allowed: etcd of a cluster that the stack makes itself, of kind hosts: of others whoever runs them keeps it",
      "fix:     take the line out",
    ],
  ],
  [
    "backup: a volume that asks where nobody answers",
    { files: shop(", backup: true") },
    [
      "Pulumi.uat.yaml:1 → slipway:backup.parts.volumes",
      "allowed: how it is backed up (schedule, keep, target), or why not; what would be lost is Shop → volumes.data",
      'fix:     add `volumes: {schedule: daily, keep: {daily: 7}, target: …, image: …}`, or `volumes: {without: "why not"}`',
    ],
  ],
  [
    "backup: a volume that asks for what is no yes or no",
    given({}, { files: shop(", backup: daily") }),
    [
      "projects/Shop.yaml:6 → volumes.data.backup",
      'given:   "daily"',
      "allowed: true or false: whether it is kept off-site, as slipway:backup says",
    ],
  ],
];
