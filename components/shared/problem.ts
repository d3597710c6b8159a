import { escapeUnprintable } from "./unprintable";

/** One thing that is wrong with what a person gave us, and the way out. */
export interface Problem {
  /** File or command it was given in, e.g. `projects/SJZY.Package.Api.yaml`. */
  file?: string;
  /** Path inside it, e.g. `environments.test.port`. */
  path?: string;
  /** What was given, printed as JSON. Left out where nothing was, or where it is secret. */
  given?: unknown;
  /** What is allowed there, e.g. `a TCP port, 1 to 65535`. */
  allowed: string;
  /** How to fix it, when `allowed` does not already say it. */
  fix?: string;
}

/**
 * A refusal meant for a person: printed without a stack trace.
 * The Pulumi program throws `pulumi.RunError` with the same text instead, because the Node runner knows only that one.
 */
export class UserError extends Error {
  public override readonly name = "UserError";

  /** `exitCode` 1: it was tried and failed. 2: refused before anything was changed. */
  constructor(
    message: string,
    public readonly exitCode: 1 | 2 = 1,
  ) {
    super(message);
  }
}

/** Renders every problem at once under one title; sorted by the caller, one block each. */
export function formatProblems(title: string, problems: readonly Problem[]): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return [`${title}: ${count}`, ...problems.map(formatProblem)].join("\n");
}

function formatProblem({ file, path, given, allowed, fix }: Problem): string {
  const where = [file, path].filter((part) => part !== undefined && part !== "").join(" → ");
  return [
    `  ${where}`,
    given === undefined ? undefined : `    given:   ${escapeUnprintable(JSON.stringify(given))}`,
    `    allowed: ${allowed}`,
    fix === undefined ? undefined : `    fix:     ${fix}`,
  ]
    .filter((line) => line !== undefined)
    .join("\n");
}
