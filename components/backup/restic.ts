import { tags, type Keep, type SftpTarget, type Target } from "./spec";

/**
 * How restic reaches a repository. It has only the names of secrets: the caller puts their values into the environment and into
 * files of mode 0600, never into arguments.
 */
export interface ResticAccess {
  /** Public environment variables. */
  env: Readonly<Record<string, string>>;
  /** Secret environment variables: variable → name of the stack's secret. */
  secretEnv: Readonly<Record<string, string>>;
  /** Public files of `folder`: name → text. */
  files: Readonly<Record<string, string>>;
  /** Secret files of `folder`: name → name of the stack's secret. */
  secretFiles: Readonly<Record<string, string>>;
  /** Arguments of every call, before the others. */
  options: readonly string[];
}

/** Which repository, and where its files are. */
export interface AccessArgs {
  /** Name of the stack: the first part of the repository's path at the target. */
  stack: string;
  /** Path of the repository below the stack: `state`, `volumes/sjzy-package-api.data`. */
  path: string;
  /** Name of the secret with its password. */
  password: string;
  /** Absolute path, without blanks, of a dedicated folder for `files` and `secretFiles`. */
  folder: string;
}

/** Access to a repository; pure. */
export function resticAccess(
  target: Target,
  { stack, path, password, folder }: AccessArgs,
): ResticAccess {
  const place = `${stack}/${path}`;
  const secretEnv = { RESTIC_PASSWORD: password };
  if (target.kind === "s3") {
    const { endpoint, bucket, region, accessKey, secretKey } = target;
    return {
      env: { RESTIC_REPOSITORY: `s3:${endpoint}/${bucket}/${place}`, AWS_DEFAULT_REGION: region },
      secretEnv: { ...secretEnv, AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey },
      files: {},
      secretFiles: {},
      options: [],
    };
  }
  return {
    env: { RESTIC_REPOSITORY: `sftp:${sshAlias}:${target.path}/${place}` },
    secretEnv,
    files: {
      ssh_config: sshConfig(target, folder),
      known_hosts: `${sshAlias} ${target.hostKey}\n`,
    },
    secretFiles: { key: target.key },
    options: ["-o", `sftp.command=ssh -F ${folder}/ssh_config -s ${sshAlias} sftp`],
  };
}

/** Host alias of the target in ssh's configuration. */
const sshAlias = "target";

/** ssh's configuration: nothing of the user's or the system's own, no prompts, and only the known host key. */
const sshConfig = ({ address, port, user }: SftpTarget, folder: string): string =>
  `Host ${sshAlias}
  HostName ${address}
  Port ${port}
  User ${user}
  IdentityFile ${folder}/key
  IdentitiesOnly yes
  IdentityAgent none
  HostKeyAlias ${sshAlias}
  UserKnownHostsFile ${folder}/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  BatchMode yes
  ConnectTimeout 15
  ServerAliveInterval 10
  ServerAliveCountMax 3
`;

/** Arguments of `restic forget` that apply the retention to each host's backups, and free the space of the rest. */
export const forgetArgs = (keep: Keep): string[] => [
  ...["forget", "--tag", tags.backup, "--group-by", "host", "--prune"],
  ...Object.entries(keep).flatMap(([unit, count]) =>
    count === undefined ? [] : [`--keep-${unit}`, String(count)],
  ),
];
