import { UserError } from "../../components/shared/problem";
import type { ToolPlan } from "./plan";

/** Data about a failed `go`. */
export interface BuildFailure {
  /** GOPROXY in use. */
  readonly proxy: string;
  /** Absolute path of the full log. */
  readonly log: string;
  /** Lines of go's standard error. */
  readonly messages: readonly string[];
  /** Why the process ended, in one line, e.g. its exit code. */
  readonly reason: string;
}

/** How many lines of go's output an error repeats; the log has them all. */
const shownLines = 12;

/** Describes which tool could not be built, why, where its log is, and the fix. */
export function buildFailure(
  { title, source }: Pick<ToolPlan, "title" | "source">,
  failure: BuildFailure,
) {
  // Download progress and names of compiled packages explain nothing.
  const telling = failure.messages.filter((line) => !/^(go: downloading .*|[\w./-]+)$/.test(line));
  const lines = telling.length > 0 ? telling : [failure.reason];
  return new UserError(
    [
      `${title} could not be built.`,
      ...lines.slice(-shownLines).map((line) => `  ${line}`),
      `from: ${source}`,
      `log:  ${failure.log}`,
      `fix: ${remedy(failure)}`,
      "Tools that are finished are kept, and a new run continues where this one ended.",
    ].join("\n"),
  );
}

function remedy({ messages, proxy }: BuildFailure): string {
  const said = messages.join("\n");
  const known = remedies.find(({ pattern }) => pattern.test(said));
  if (known === undefined)
    return "run it again; if it fails in the same way, report it with the log.";
  return known.advice(withoutPassword(proxy));
}

/** A proxy's address may contain a user and a password. */
const withoutPassword = (proxy: string): string => proxy.replace(/\/\/[^/@]*@/g, "//***@");

const remedies: readonly { pattern: RegExp; advice: (proxy: string) => string }[] = [
  {
    pattern: /checksum mismatch|SECURITY ERROR/,
    advice: (proxy) =>
      `what GOPROXY=${proxy} serves differs from go.sum: use another proxy, do not edit go.sum.`,
  },
  {
    pattern: /missing go\.sum entry|updates to go\.mod needed/,
    advice: () => "go.mod and go.sum do not belong together: run `go mod tidy` in that folder.",
  },
  {
    pattern: /no space left on device/,
    advice: () => "make room on that disk, or move the cache with XDG_CACHE_HOME.",
  },
  {
    pattern: /signal: killed|cannot allocate memory/,
    advice: () => "the machine ran out of memory: a build wants 3 GiB free.",
  },
  {
    pattern:
      /dial tcp|no such host|i\/o timeout|TLS handshake|connection re(fused|set)|\b(403|50\d) /,
    advice: (proxy) =>
      `the Go modules come from GOPROXY=${proxy}: see that it can be reached, or name another with \`go env -w GOPROXY=…\`.`,
  },
];
