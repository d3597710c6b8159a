import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { PluginError } from "../../../components/shared/system/grpc";

/** Where the installer's output goes. */
export interface Sink {
  stdout(chunk: Uint8Array): void;
  stderr(chunk: Uint8Array): void;
}

/**
 * Installs a program's locked packages if it has none. Install scripts are skipped: those of Pulumi's SDKs would only try to
 * download plugins.
 */
export async function installDependencies(directory: string, sink: Sink): Promise<void> {
  if (existsSync(join(directory, "node_modules"))) return;
  const command = existsSync(join(directory, "package-lock.json")) ? "ci" : "install";
  const npm = spawn("npm", [command, "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: directory,
    stdio: ["ignore", "pipe", "pipe"],
  });
  npm.stdout.on("data", (chunk: Buffer) => {
    sink.stdout(chunk);
  });
  npm.stderr.on("data", (chunk: Buffer) => {
    sink.stderr(chunk);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    npm.once("error", reject);
    npm.once("close", resolve);
  });
  if (code !== 0) {
    throw new PluginError(`npm ${command} failed in ${directory}; run it there to see its output`);
  }
}
