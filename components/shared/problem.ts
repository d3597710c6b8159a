import { escapeUnprintable } from "./unprintable";

/** One problem of an input, with its fix. */
export interface Problem {
  /** File or command it was given in, e.g. `projects/SJZY.Package.Api.yaml`. */
  file?: string;
  /** Path inside it, e.g. `environments.test.port`. */
  path?: string;
  /** The given value, printed as JSON. Absent where there is none, or where it is secret. */
  given?: unknown;
  /** What is allowed there, e.g. `a TCP port, 1 to 65535`. */
  allowed: string;
  /** How to fix it, when `allowed` does not already say it. */
  fix?: string;
}

/**
 * A refusal that is printed without a stack trace.
 * The Pulumi program throws `pulumi.RunError` with the same text instead, because the Node runner knows only that one.
 */
export class UserError extends Error {
  public override readonly name = "UserError";

  /** `exitCode` 1: it failed. 2: it was refused before anything changed. */
  constructor(
    message: string,
    public readonly exitCode: 1 | 2 = 1,
  ) {
    super(message);
  }
}

/** Renders all problems under one title, one block each, in the caller's order. */
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
