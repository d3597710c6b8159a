import { Command, CommanderError } from "commander";
import { createRequire } from "node:module";
import { UserError } from "../../components/shared/problem";
import { version } from "../../package.json";
import { ProgramHost } from "../engine/program-host";
import { addCompletion } from "./commands/completion";
import { refusedBySystem } from "./system-error";
import { checkout } from "../../components/shared/system/checkout";

const onThisMachine = [
  "up",
  "preview",
  "down",
  "status",
  "env",
  "doctor",
  "test",
  "bench",
  "clean",
  "machine-room",
];
const onProjects = ["release", "rollback", "scale", "remove", "history"];
const guards = ["verify", "promote", "reject", "lift", "archive"];
const verbs = [...onThisMachine, ...onProjects, ...guards, "backup", "images"];

const load = createRequire(__filename);

/** The command of a verb: the export of `commands/<verb>.ts` with that name, `machine-room` as `machineRoom`. */
function commandOf(verb: string): Command {
  const name = verb.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const { [name]: make } = load(`./commands/${verb}`) as Partial<Record<string, () => Command>>;
  if (make === undefined) throw new Error(`commands/${verb}.ts exports no ${verb}`);
  return make().exitOverride();
}

const programOf = (): Command =>
  new Command("slipway")
    .description(
      "Turns a machine room into a delivery platform; `up` shows it on this one machine.",
    )
    .version(`${version} (${checkout})`, "-v, --version", "the version, and its checkout")
    .addHelpText(
      "after",
      "\nExit codes: 0 done; 1 tried and failed; 2 refused before anything was changed.",
    )
    .exitOverride();

/**
 * Runs a command line (the words after `slipway`) and returns the exit code. Loads only that verb: all of them together take half
 * a second.
 */
export async function run(args: readonly string[]): Promise<number> {
  const program = programOf();
  const one = verbs.filter((verb) => verb === args[0]);
  for (const verb of one.length === 0 ? verbs : one) program.addCommand(commandOf(verb));
  if (one.length === 0) addCompletion(program);
  try {
    await program.parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    return report(error);
  } finally {
    ProgramHost.endAll();
  }
}

/** Prints an error for a person and returns the exit code; a stack trace only for our own bugs. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UserError) {
    console.error(error.message);
    return error.exitCode;
  }
  console.error(refusedBySystem(error) ?? error);
  return 1;
}
