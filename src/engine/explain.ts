import { hostname, tmpdir } from "node:os";
import { identify } from "../../components/shared/system/process";
import { EngineError, type Holder } from "./error";
import { kindAndName, type EngineReport } from "./events";

/** How a process of the engine ended. */
export interface EngineExit {
  /** Undefined when it could not be started. */
  code: number | undefined;
  interrupted: boolean;
  stderr: string;
  /** What its events told, when it was an update or a preview. */
  report?: EngineReport;
}

/** Exit codes by which the engine tells what it refuses. */
const codes = { noLogin: 3, noStack: 6 };

/** What a run has said, without passwords. */
interface Said {
  code: number;
  stderr: string;
  /** The errors of its events, and what is on its standard error. */
  text: string;
}

/** Puts into words why a run of the engine did not succeed. */
export function explain(ended: EngineExit, stack: string): EngineError {
  const { code, report, interrupted } = ended;
  const stderr = withoutPasswords(ended.stderr);
  const errors = (report?.errors ?? []).map(withoutPasswords);
  const text = [...errors, stderr].filter((part) => part !== "").join("\n");
  if (code === undefined) {
    return refused(
      "`pulumi` is not on PATH",
      "npm run up brings one, or install the official one: https://www.pulumi.com/docs/install/",
    );
  }
  if (isLocked(stderr) || text.includes("[409] Conflict")) {
    return new EngineError("locked", lockText(stderr, stack), holderOf(stderr));
  }
  const said = { code, stderr, text };
  const known = notOpened(said, stack) ?? notRead(said, stack) ?? notWhole(said, stack);
  if (known !== undefined) return known;
  if (interrupted) return new EngineError("interrupted", `stopped\n${text}`.trimEnd());
  return report !== undefined && hasTouched(report)
    ? failed(report, text, stack)
    : untouched(said, stack);
}

/** No backend, or no such stack in it. */
function notOpened({ code, stderr }: Said, stack: string): EngineError | undefined {
  if (code === codes.noStack || /no stack named '.*' found/.test(stderr)) {
    return refused(
      `there is no stack ${stack} in this backend`,
      `pulumi stack ls lists the stacks; pulumi stack init ${stack} creates it`,
    );
  }
  if (code === codes.noLogin || stderr.includes("PULUMI_ACCESS_TOKEN must be set for login")) {
    return refused(
      "no backend is logged in to, so there is no stack to work on",
      'on this machine: npm run up; elsewhere: pulumi login file://…, s3://… or postgres://… (a URL that cannot be read is taken for none); or eval "$(./slipway env)"',
    );
  }
  if (unopened.test(stderr)) {
    return refused(
      `the backend cannot be opened: ${firstLine(stderr)}`,
      "check that its server runs and that PULUMI_BACKEND_URL (or pulumi login) and the credentials beside it are right: docs/backends.md",
    );
  }
  return undefined;
}

/** A state, a history or secrets that cannot be read. */
function notRead({ stderr, text }: Said, stack: string): EngineError | undefined {
  if (/failed to load checkpoint: .*EOF/.test(stderr)) {
    return refused(
      `the state of stack ${stack} cannot be read: a run that was killed has left an empty file beside it`,
      "in the folder of the backend: find .pulumi -name '*.attrs' -empty -delete; log in with ?metadata=skip at the end of its URL, and there are none: docs/backends.md",
    );
  }
  if (/failed to load checkpoint/.test(text)) {
    return refused(
      `the state of stack ${stack} cannot be read: ${firstLine(text)}`,
      `in the folder of the backend, .pulumi/stacks/slipway/${stack}.json is incomplete: move it aside and copy ${stack}.json.bak beside it, the state before the last step, over it; or the newest complete one of .pulumi/backups; then: pulumi up --refresh --stack ${stack}`,
    );
  }
  const entry = /reading history file (\S+?):? /.exec(text)?.[1];
  if (entry !== undefined) {
    return refused(
      `the history of stack ${stack} cannot be read: ${firstLine(text)}`,
      `move that one file aside, ${entry}: only what it records is lost; or go back without the history: slipway release PROJECT --digest … --stack ${stack}`,
    );
  }
  if (/passphrase/.test(stderr)) {
    return refused(
      `the secrets of stack ${stack} cannot be read: ${firstLine(stderr)}`,
      "set PULUMI_CONFIG_PASSPHRASE_FILE to a file with the stack's passphrase",
    );
  }
  return undefined;
}

/** What a project stands on is nobody's target, and has to be there. */
const notWhole = ({ text }: Said, stack: string): EngineError | undefined =>
  /was not specified in --target list/.test(text)
    ? refused(
        `stack ${stack} has never been updated as a whole, and an update of one project does not create what it depends on`,
        `first run: pulumi up --stack ${stack}; then the same command`,
      )
    : undefined;

/** A new stack begins with itself, before its program has said a word. */
const isOwn = ({ type }: { type: string }): boolean => type !== "pulumi:pulumi:Stack";

const hasTouched = ({ about, changes, failures }: EngineReport): boolean =>
  about.length > 0 || [...changes, ...failures].some(isOwn);

function untouched({ code, text }: Said, stack: string): EngineError {
  if (text !== "") return new EngineError("refused", text);
  return refused(
    `pulumi exited with ${code} and printed nothing`,
    `check for free space: df -h ${tmpdir()}; and run it by hand: pulumi preview --stack ${stack}`,
  );
}

function failed({ failures, changes }: EngineReport, text: string, stack: string): EngineError {
  // In an update limited to one project the engine takes all others as they were, and stumbles where their order is another.
  const stumbled = /^Duplicate resource URN '.*::(\S+)'/m.exec(text)?.[1];
  const fix =
    stumbled === undefined
      ? []
      : [
          `    fix:     settings that ${stumbled} depends on have changed and are not applied yet: first run: pulumi up --stack ${stack}, or release that project; then the same command continues`,
        ];
  const titles = failures.map((change) => `${change.op} of ${kindAndName(change)} failed`);
  const words = [...titles, text, ...fix].join("\n");
  return new EngineError("failed", words, undefined, changes.some(isOwn));
}

/** The first thing that is read of any backend is what kind it is. */
const unopened = /unable to open bucket|read "\.pulumi\/meta\.yaml"/;

/** A backend's URL may hold a password, and pulumi repeats it whole. */
export const withoutPasswords = (text: string): string =>
  text.replace(/(\w:\/\/[^\s:@/]*):[^\s/]*@/g, "$1:***@");

const refused = (what: string, fix: string): EngineError =>
  new EngineError("refused", `${what}\n    fix:     ${fix}`);

const firstLine = (text: string): string => (text.split("\n")[0] ?? "").replace(/^error: /, "");

/** Who holds a stack, by what pulumi says of its lock. */
export function holderOf(stderr: string): Holder | undefined {
  const found = /created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)/.exec(stderr);
  if (found === null) return undefined;
  const [, user = "", host = "", pid = "", since = ""] = found;
  return { user, host, pid: Number(pid), since };
}

/** Whether who holds a stack was a process of this machine that is no longer there. */
export const isGone = ({ host, pid }: Holder): boolean =>
  host === hostname() && identify(pid) === undefined;

/** Whether what pulumi said is that somebody holds the stack. */
export const isLocked = (stderr: string): boolean =>
  stderr.includes("stack is currently locked by");

/** Who holds a stack, and how to go on: wait for whoever still runs, clear what a killed run has left. */
export function lockText(stderr: string, stack: string): string {
  const holder = holderOf(stderr);
  if (holder === undefined) {
    return `stack ${stack} is being updated by another run; wait for it, or if it was killed: pulumi cancel --stack ${stack}`;
  }
  const { user, host, pid, since } = holder;
  const who = `${user} on ${host}, process ${pid}, since ${since}`;
  const here = host === hostname();
  if (here && !isGone(holder)) {
    return `stack ${stack} is being updated by ${who}, which still runs: wait for it`;
  }
  const gone = here ? "That process is gone." : `If that process no longer runs on ${host}:`;
  return `stack ${stack} is locked by ${who}. ${gone} Clear the lock with: pulumi cancel --stack ${stack}`;
}
