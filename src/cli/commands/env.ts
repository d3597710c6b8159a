import { Command } from "commander";
import { existsSync } from "node:fs";
import { UserError } from "../../../components/shared/problem";
import { binDir } from "../../../sandbox/engine";
import { layout } from "../../../sandbox/layout";
import { sessionEnv } from "../../../sandbox/session";
import { contractPath } from "../../../sandbox/contract";

/** `eval "$(./slipway env)"`: plain `pulumi` and `kubectl` then use this checkout's sandbox. */
export const env = (): Command =>
  new Command("env")
    .description('print the environment of the sandbox: eval "$(./slipway env)"')
    .option("--json", "as one JSON object")
    .action(({ json = false }: { json?: boolean }) => {
      const here = layout();
      if (!existsSync(contractPath(here))) {
        throw new UserError(
          "no sandbox is running for this checkout; start it with: npm run up",
          2,
        );
      }
      const variables = sessionEnv(here);
      if (json) {
        console.log(JSON.stringify(variables, undefined, 2));
        return;
      }
      for (const line of exportsOf(variables, binDir(here))) console.log(line);
    });

/**
 * A session's variables as shell code. They come before the shell's PATH, not before this command's PATH, to which npm has added
 * folders.
 */
export const exportsOf = (variables: Readonly<Record<string, string>>, bin: string): string[] =>
  Object.entries(variables).map(([name, value]) =>
    name === "PATH"
      ? `export PATH=${shellQuote(bin)}:"$PATH"`
      : `export ${name}=${shellQuote(value)}`,
  );

/** In single quotes everything is literal except the quote itself. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
