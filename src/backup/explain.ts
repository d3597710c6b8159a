import { UserError } from "../../components/shared/problem";
import type { Repository } from "../../components/backup/spec";

/** Known causes of failures, by the messages of restic, ssh or the script; the first match counts. */
interface Cause {
  says: RegExp;
  what: string;
  fix: (repository: Repository, stack: string) => string;
}

/** Messages about a full disk. */
const full = /no space left on device|not enough space|disk quota exceeded/i;

const causes: readonly Cause[] = [
  {
    says: /restic: not found|restic: command not found|exec: "ssh"/,
    what: "a program is missing on this machine",
    fix: () =>
      "as root: apt-get install restic openssh-client (dnf install restic openssh-clients)",
  },
  {
    says: /wrong password or no key found/,
    what: "the password does not open the repository",
    fix: () =>
      "set the secret that slipway:backup.password names to what it was when the repository was made; it cannot be recovered",
  },
  {
    says: /signature we calculated|SignatureDoesNotMatch|access key ID|InvalidAccessKeyId|Access ?Denied/i,
    what: "the server refuses the keys",
    fix: ({ spec }, stack) =>
      `set the secrets that slipway:backup.targets.${spec.target.name}.accessKey and secretKey name: pulumi config set --secret slipway:secrets.<name> --stack ${stack}`,
  },
  {
    says: /Host key verification failed|HOST IDENTIFICATION HAS CHANGED|No \S+ host key is known|shows another key than expected/,
    what: "the machine shows another host key than the settings have",
    fix: ({ spec }) =>
      `compare it on its own console; if it is the right machine, write its key into slipway:backup.targets.${spec.target.name}.hostKey`,
  },
  {
    says: /Permission denied \(|error in libcrypto|invalid format|the host does not let us in/,
    what: "the machine rejects this key",
    fix: ({ spec }) =>
      `add the public half to the user's authorized_keys there, or set the secret that slipway:backup.targets.${spec.target.name}.key names`,
  },
  {
    says: /already locked/,
    what: "another run has kept the repository locked all the time",
    fix: () => "let it end; the lock of a dead process is removed after half an hour at the latest",
  },
  {
    says: new RegExp(
      `^(target: |.*(Save\\(<|PutObject|sftp: )).*(${full.source})|StorageFull|InsufficientStorage|minimum free drive threshold|QuotaExceeded`,
      "im",
    ),
    what: "the target's disk is full",
    fix: ({ spec }) =>
      `make room on the disk of target ${spec.target.name}, then run it again: complete backups stay complete, and what has been sent already is not sent twice`,
  },
  {
    says: full,
    what: "a disk is full, not the target's",
    fix: () =>
      "make room on the disk that is named above, or give another: TMPDIR holds drills, restores and unfinished data, --to a restore; then run it again: complete backups stay complete",
  },
  {
    says: /SSH_FX_FAILURE|Write: .*failure/i,
    what: "the target rejects what is written, without a reason",
    fix: ({ spec }) =>
      `check there, as the user of target ${spec.target.name}: df -h, df -i, quota, and whether it may write below the path`,
  },
  {
    says: /ciphertext verification failed|does not match id|hash mismatch|does not match the|is damaged|missing blobs|not found in index|unexpected EOF|invalid data returned|id .* not found in repository|Fatal: repository contains errors/i,
    what: "data in the repository is damaged",
    fix: ({ path }, stack) =>
      `take a new backup (slipway backup run ${path} --stack ${stack}), then check which older ones are still complete: slipway backup verify ${path} --all --stack ${stack}`,
  },
  {
    says: /Is there a repository|no snapshot found|no matching ID/,
    what: "there is no such backup",
    fix: ({ path }, stack) =>
      `take one: slipway backup run ${path} --stack ${stack}; or look: slipway backup list --stack ${stack}`,
  },
];

const unreachable: Cause = {
  says: /connection refused|no route to host|network is unreachable|i\/o timeout|timed out|no such host|could not resolve|connection reset|connection closed|connection lost|unable to start the sftp session|broken pipe|\bEOF\b/i,
  what: "the target cannot be reached, or the connection broke",
  fix: ({ spec }) =>
    `see that ${addressOf(spec.target)} answers, then run it again: what has been sent already is not sent twice`,
};

/** Describes a failure: what, where, the message, the fix. */
export function failure(
  repository: Repository,
  stack: string,
  operation: string,
  said: string,
): UserError {
  // restic reports an unreachable address together with the question whether there is a repository.
  const all = [...causes.slice(0, -1), unreachable, ...causes.slice(-1)];
  const cause = all.find(({ says }) => says.test(said));
  const words = wordsOf(said);
  const last = words.slice(-6);
  // The reason may be far above its consequences.
  const reason = words.find((line) => cause?.says.test(line));
  const shown = reason === undefined || last.includes(reason) ? last : [reason, ...last.slice(1)];
  return new UserError(
    [
      `${repository.path}: ${operation} failed${cause === undefined ? "" : `: ${cause.what}`}`,
      `  where: ${placeOf(repository)}`,
      ...shown.map((line, index) => `  ${index === 0 ? "said: " : "      "} ${line}`),
      ...(cause === undefined ? [] : [`  fix:  ${cause.fix(repository, stack)}`]),
    ].join("\n"),
  );
}

/** The output, line by line: without restic's stack traces, and only the last of its retries. */
function wordsOf(said: string): string[] {
  const lines = said
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("{") && !frame.test(line));
  const attempt = (line: string): string => line.replace(/retrying after [\d.]+s/, "");
  return lines.filter(
    (line, index) => !lines.slice(index + 1).some((later) => attempt(later) === attempt(line)),
  );
}

/** A line of a Go stack trace: a function's full name, or a place in a file. */
const frame = /^(\S+\.go:\d+|(runtime|main|[a-z.]+\.[a-z]+\/\S+)\.[\w.()*]+)$/;

const addressOf = (target: Repository["spec"]["target"]): string =>
  target.kind === "s3" ? target.endpoint : `${target.address}:${target.port}`;

/** Where a repository is, for people. */
export const placeOf = ({ spec: { target }, path }: Repository): string =>
  target.kind === "s3"
    ? `target ${target.name}, ${path} in bucket ${target.bucket} of ${target.endpoint}`
    : `target ${target.name}, ${path} below ${target.path} of ${target.user}@${target.address}:${target.port}`;
