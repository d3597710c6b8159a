import { readdirSync } from "node:fs";

/** Names of the stacks that have a file in a checkout, sorted. */
export const stacksOf = (checkout: string): string[] =>
  readdirSync(checkout)
    .flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? [])
    .sort();
