import { run } from "./run";

// Whoever reads may have enough (`| head`), and a log's disk may be full: what is under way goes on to its end all the same.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" || stream === process.stderr) return;
    console.error(`what there was to print could not be written: ${error.message}`);
    process.exitCode = 1;
  });
}

void run(process.argv.slice(2)).then((exitCode) => {
  // A command that has done its work may have failed all the same, and says so itself.
  if (exitCode !== 0) process.exitCode = exitCode;
});
