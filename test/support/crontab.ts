import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../components/shared/system/checkout";

/** A crontab as cron reads it: variables for every command, and the commands, whenever they are due. */
export interface Crontab {
  readonly env: Readonly<Record<string, string>>;
  readonly commands: readonly string[];
}

/** The system's crontab in a page of the checkout. */
export function crontabIn(page: string): Crontab {
  const text = readFileSync(join(checkout, page), "utf8");
  const [, block = ""] = /# \/etc\/cron\.d\/.*\n((?: {4}.+\n)+)/.exec(text) ?? [];
  const lines = block.split("\n").map((line) => line.trim());
  return {
    env: Object.fromEntries(
      lines.flatMap((line) => {
        const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
        return name === undefined || value === undefined ? [] : [[name, value]];
      }),
    ),
    commands: lines.flatMap((line) => {
      const [, command] = /^(?:\S+ ){5}[a-z]\S* (.+)$/.exec(line) ?? [];
      return command === undefined ? [] : [command];
    }),
  };
}
