import { Command, CommanderError } from "commander";
import { UserError } from "../../components/shared/problem";
import { archive } from "./commands/archive";
import { bench } from "./commands/bench";
import { clean } from "./commands/clean";
import { addCompletion } from "./commands/completion";
import { doctor } from "./commands/doctor";
import { down } from "./commands/down";
import { env } from "./commands/env";
import { history } from "./commands/history";
import { lift } from "./commands/lift";
import { preview } from "./commands/preview";
import { promote } from "./commands/promote";
import { reject } from "./commands/reject";
import { release } from "./commands/release";
import { remove } from "./commands/remove";
import { rollback } from "./commands/rollback";
import { scale } from "./commands/scale";
import { status } from "./commands/status";
import { test } from "./commands/test";
import { up } from "./commands/up";
import { verify } from "./commands/verify";

const program = new Command("slipway")
  .description("Turns a machine room into a delivery platform; `up` shows it on this one machine.")
  .addHelpText(
    "after",
    "\nExit codes: 0 done; 1 tried and failed; 2 refused before anything was changed.",
  )
  .exitOverride();
const onThisMachine = [up, preview, down, status, env, doctor, test, bench, clean];
const onProjects = [release, rollback, scale, remove, history];
const guards = [verify, promote, reject, lift, archive];
for (const command of [...onThisMachine, ...onProjects, ...guards]) {
  program.addCommand(command().exitOverride());
}
addCompletion(program);

program.parseAsync().catch((error: unknown) => {
  process.exitCode = tell(error);
});

/** Prints what a person needs and returns the exit code: a stack trace only for what is our own mistake. */
function tell(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UserError) {
    console.error(error.message);
    return error.exitCode;
  }
  console.error(error);
  return 1;
}
