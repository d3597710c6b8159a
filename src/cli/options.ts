import { createInterface } from "node:readline/promises";
import { InvalidArgumentError, type Command } from "commander";
import { UserError } from "../../components/shared/problem";
import { runSteps } from "./steps";

/** Options of every command that works on a stack. */
export interface StackOptions {
  stack?: string;
  yes?: boolean;
  /** Seconds. */
  wait?: number;
  json?: boolean;
}

/**
 * Adds `--stack`, `--json`, `--yes` for commands that change something, and `--wait` for those that update the stack, with
 * examples below the help.
 */
export function onStack(
  command: Command,
  examples: readonly string[],
  {
    changes = true,
    stack = true,
    updates = false,
  }: { changes?: boolean; stack?: boolean; updates?: boolean } = {},
): Command {
  if (stack) {
    command.option("-s, --stack <stack>", "stack to work on; by default the selected one, or test");
  }
  if (changes) command.option("-y, --yes", "skip the confirmation");
  if (updates) {
    command.option(
      "--wait <seconds>",
      "how long to wait for another run that updates the stack",
      seconds,
      60,
    );
  }
  command.option("--json", "print the result as JSON, on stdout");
  const lines = examples.map((example) => `  $ slipway ${example}`);
  return command.addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
}

function seconds(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError("a number of seconds");
  return Number(text);
}

/** Prints what is going to happen and asks for confirmation; without a terminal it cannot ask. */
export async function agreed(
  lines: readonly string[],
  { stack, yes = false }: { stack: string; yes?: boolean | undefined },
): Promise<void> {
  console.error([`stack ${stack}:`, ...lines.map((line) => `  ${line}`)].join("\n"));
  if (yes) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new UserError("nothing was changed: there is no terminal to confirm on; add --yes", 2);
  }
  const ask = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await ask.question("go ahead? [y/N] ");
  ask.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new UserError("nothing was changed", 2);
}

/** Shows one step with its progress and duration. */
export async function shown(
  title: string,
  run: (say: (line: string) => void) => Promise<string>,
): Promise<void> {
  const step = async (progress: (line: string) => void): Promise<string | undefined> => {
    const note = await run(progress);
    return note === "" ? undefined : note;
  };
  // A stopped update ends in order, and then reports where it stopped.
  await runSteps([{ title, run: step }], false);
}

/** Prints a result: JSON for programs, a line for people. */
export function report(result: unknown, text: string, json = false): void {
  console.log(json ? JSON.stringify(result, undefined, 2) : text);
}
