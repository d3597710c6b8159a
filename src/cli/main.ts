import { run } from "./run";

// Whoever reads may have enough (`| head`): what is under way goes on to its end all the same, and nobody is told.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

void run(process.argv.slice(2)).then((exitCode) => {
  // A command that has done its work may have failed all the same, and says so itself.
  if (exitCode !== 0) process.exitCode = exitCode;
});
