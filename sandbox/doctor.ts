import { execa } from "execa";
import { existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { isolationProblem } from "./cluster";
import { compatible, engineParts, officialCli, onPath } from "./engine";
import type { Layout } from "./layout";
import { toolStatus } from "./toolchain/build";
import { missingPackages } from "./toolchain/debian";
import { oldestGo } from "./toolchain/go";
import { traefikVersion } from "./toolchain/wheel";
import { contractPath } from "./contract";

/** One line of `slipway doctor`. */
export interface Finding {
  /** `missing` prevents `slipway up`; `note` is information. */
  verdict: "ok" | "missing" | "note";
  what: string;
  found: string;
  fix?: string;
}

/** Tools, their Go caches and the images of a sandbox, measured and rounded up. */
const neededDisk = 15 * 2 ** 30;

/** Checks this machine without changing anything. */
export async function diagnose(layout: Layout): Promise<Finding[]> {
  return [
    { verdict: "ok", what: "Node", found: process.version },
    await go(),
    isolation(),
    debian(await missingPackages()),
    disk(layout),
    tools(layout),
    await cli(),
    ...engine(layout),
    ingress(),
    sandbox(layout),
  ];
}

async function go(): Promise<Finding> {
  const what = `Go ≥ ${oldestGo}`;
  const fix = "install Go from go.dev/dl or your distribution; slipway builds its tools with it";
  if (onPath("go") === undefined) return { verdict: "missing", what, found: "no go on PATH", fix };
  const { stdout } = await execa("go", ["env", "GOVERSION"]);
  const version = stdout.replace(/^go/, "");
  return compatible(version, oldestGo)
    ? { verdict: "ok", what, found: version }
    : { verdict: "missing", what, found: version, fix };
}

function isolation(): Finding {
  const what = "root on Linux, with namespaces";
  const problem = isolationProblem();
  if (problem === undefined) return { verdict: "ok", what, found: "real node, real pods" };
  return {
    verdict: "note",
    what,
    found: problem,
    fix: "run as root on Linux for real pods; here all nodes are simulated",
  };
}

function debian(missing: readonly string[]): Finding {
  const what = "Debian packages";
  if (missing.length === 0) return { verdict: "ok", what, found: "all installed" };
  const fix = `as root \`slipway up\` installs them; or: apt-get install ${missing.join(" ")}`;
  const verdict = isolationProblem() === undefined ? "missing" : "note";
  return { verdict, what, found: `not installed: ${missing.join(", ")}`, fix };
}

function disk(layout: Layout): Finding {
  const what = "free disk for the cache";
  const { bavail, bsize } = statfsSync(firstExisting(layout.cache));
  const free = bavail * bsize;
  const found = `${(free / 2 ** 30).toFixed(1)} GiB at ${layout.cache}`;
  if (free >= neededDisk) return { verdict: "ok", what, found };
  return {
    verdict: "note",
    what,
    found,
    fix: "a cold build wants 15 GiB; XDG_CACHE_HOME moves it",
  };
}

function tools(layout: Layout): Finding {
  const { built, total } = toolStatus(layout);
  const what = "toolchain";
  const found = `${built} of ${total} tools built`;
  if (built === total) return { verdict: "ok", what, found };
  return { verdict: "note", what, found, fix: "`npm run up` builds the rest" };
}

async function cli(): Promise<Finding> {
  const what = "official pulumi on PATH";
  const official = await officialCli();
  if (official !== undefined) {
    return { verdict: "ok", what, found: `${official.version} at ${official.path}` };
  }
  return {
    verdict: "note",
    what,
    found: "not found",
    fix: "not needed: the same engine is built from its Go module, our language host stands in",
  };
}

/** Which engine is in use: `up` decides it once, this reports it. */
function engine(layout: Layout): Finding[] {
  const parts = engineParts(layout) ?? [];
  return parts.map(({ name, version, source }) => ({
    verdict: source === "stand-in" ? "note" : "ok",
    what: `engine: ${name}`,
    found: `${version}, ${source}`,
  }));
}

/** Only a real node runs it; it comes with the other tools. */
function ingress(): Finding {
  const what = "ingress controller";
  const official = `Traefik ${traefikVersion()}, the official program`;
  return isolationProblem() === undefined
    ? { verdict: "ok", what, found: official }
    : { verdict: "note", what, found: `${official}; simulated here, as every pod` };
}

function sandbox(layout: Layout): Finding {
  const what = "sandbox of this checkout";
  return existsSync(contractPath(layout))
    ? { verdict: "ok", what, found: `running, state in ${layout.state}` }
    : { verdict: "note", what, found: "not running", fix: "npm run up" };
}

function firstExisting(path: string): string {
  return existsSync(path) ? path : firstExisting(dirname(path));
}
