import { run } from "./run";

void run(process.argv.slice(2)).then((exitCode) => {
  // A command that has done its work may have failed all the same, and says so itself.
  if (exitCode !== 0) process.exitCode = exitCode;
});
