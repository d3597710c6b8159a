import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { functions } from "../../components/shared/machine/script";

/** Result of shell text. */
export interface Played {
  /** Calls of its programs, in order: `kubectl get nodes`. */
  calls: string[];
  stdout: string;
  stderr: string;
  status: number | null;
}

/**
 * Runs the body of a phase with fake programs: each records its call, and runs the shell text given for it. What it writes below
 * /etc, /run and /var is in a temporary folder.
 */
export function play(body: string, programs: Readonly<Record<string, string>>, input = ""): Played {
  const folder = mkdtempSync(join(tmpdir(), "slipway-play-"));
  const [bin, log] = [join(folder, "bin"), join(folder, "calls")];
  try {
    for (const each of ["bin", "etc", "run", "var/log"])
      mkdirSync(join(folder, each), { recursive: true });
    for (const [name, text] of Object.entries(programs))
      writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >> ${log}\n${text}\n`, {
        mode: 0o755,
      });
    writeFileSync(log, "");
    const script = ["set -eu", functions(), "goes() { :; }", body]
      .join("\n")
      .replaceAll(/(?<=[\s"'=])\/(?=(etc|run|var)\/)/g, `${folder}/`);
    const env = { PATH: `${bin}:${process.env["PATH"] ?? ""}` };
    const { stdout, stderr, status } = spawnSync("sh", ["-c", script], {
      env,
      input,
      encoding: "utf8",
    });
    const calls = readFileSync(log, "utf8").replaceAll(`${folder}/`, "/").trim().split("\n");
    return { calls: calls.filter((call) => call !== ""), stdout, stderr, status };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
