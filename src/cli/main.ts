import { run } from "./run";

// The reader may close the pipe (`| head`), or a log's disk may be full: the work goes on to its end all the same.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" || stream === process.stderr) return;
    console.error(`the output could not be written: ${error.message}`);
    process.exitCode = 1;
  });
}

void run(process.argv.slice(2)).then((exitCode) => {
  // A command that completes may still set a failure exit code itself.
  if (exitCode !== 0) process.exitCode = exitCode;
});
