/** A container that ended by itself: containers killed for a failed probe end with 0, 137 or 143. */
const crashed = /^pod .*last exit code (?!0\b|143\b|137(?! \(OOM)\b)\d/;

/**
 * What messages of the cluster or of a program mean for the author of the project's file: the cause, and the setting to change.
 */
const hints: readonly [words: RegExp, hint: string, unless?: RegExp][] = [
  [
    /probe failed: .*connection refused/,
    "nothing listens on that port of the pod's own address: the program is not up yet, listens on another port than `port` of its project's file, or only on 127.0.0.1, where only itself can reach it",
    crashed,
  ],
  [
    /probe failed: .*statuscode: (4\d\d|3\d\d)/,
    "the probe is answered, but not with 200: `probes.check` is not a path of the program, requires a login, or the program answers only to its own host name (`probes.host`)",
  ],
  [
    /probe failed: .*(context deadline exceeded|Client\.Timeout)/,
    "it answers too late: `probes.timeoutSeconds` sets the limit, `resources.limits.cpu` the program's speed",
  ],
  [
    /read-only file system|EROFS/i,
    "everything except the directories in `writable` is read-only: add the one that it writes to",
  ],
  [/OOMKilled/, "it has used more memory than `resources.limits.memory`"],
  [
    /ephemeral.storage|Evicted|exceeds the (total )?limit/,
    "it has written more than `resources.limits.storage`, its log included",
  ],
  [/exec format error/, "the image is built for another kind of processor than the node has"],
  [
    /^event Pulling: /,
    "its image is still being pulled: `probes.pullSeconds` sets how long that may take",
  ],
  [
    /unbound immediate PersistentVolumeClaims|FailedMount|FailedAttachVolume/,
    "its volume is not available: kubectl describe pvc shows what the storage class waits for; `slipway:storage` names the class",
  ],
  [
    /EACCES|permission denied/i,
    "the program runs as user `runAsUser`, never as root: that user must be able to read its files",
  ],
];

/** Hints that match lines of a report, each once. */
export const hintsFor = (lines: readonly string[]): string[] =>
  hints
    .filter(([words, , unless]) => {
      const says = (what: RegExp): boolean => lines.some((line) => what.test(line));
      return says(words) && (unless === undefined || !says(unless));
    })
    .map(([, hint]) => `hint: ${hint}`);
