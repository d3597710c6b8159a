import { createRequire } from "node:module";
import { join } from "node:path";
import type { ProgramCopy } from "../../sandbox/program-copy";

/** Output and exit code of a command. */
export interface Ended {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs a copy's own `slipway` in this process, as from a shell without a terminal: a refusal needs no start of Node. */
export async function slipwayHere(program: ProgramCopy, ...args: string[]): Promise<Ended> {
  const load = createRequire(join(program.folder, "package.json"));
  const { run } = load("./src/cli/run.ts") as typeof import("../../src/cli/run");
  const [before, tty] = [{ ...process.env }, process.stdin.isTTY];
  const streams = { stdout: capture(process.stdout), stderr: capture(process.stderr) };
  Object.assign(process.env, program.environment);
  process.stdin.isTTY = false;
  try {
    const exitCode = await run(args);
    return { exitCode, stdout: streams.stdout.text(), stderr: streams.stderr.text() };
  } finally {
    for (const stream of Object.values(streams)) stream.release();
    process.stdin.isTTY = tty;
    // Key by key: another object in its place would no longer be this process's environment.
    for (const key of Object.keys(program.environment)) {
      if (before[key] === undefined) Reflect.deleteProperty(process.env, key);
      else process.env[key] = before[key];
    }
  }
}

/** Captures what is written to a stream. */
function capture(stream: NodeJS.WriteStream): { text: () => string; release: () => void } {
  const write = stream.write.bind(stream);
  let text = "";
  stream.write = (part: string | Uint8Array): boolean => {
    text += typeof part === "string" ? part : Buffer.from(part).toString();
    return true;
  };
  return {
    text: () => text,
    release: () => {
      stream.write = write;
    },
  };
}
