import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../../components/shared/problem";
import type { Layout } from "../layout";

/** Oldest Go that builds every tool: the newest `go` line among the modules (Kubernetes 1.36). */
export const oldestGo = "1.26.0";

/**
 * The same for every folder, because Go shares a compiled package between two builds only if all of these agree: no cgo (one
 * standard library, static binaries), no debug tables, no path of this machine.
 */
export const buildFlags = [
  "-mod=readonly",
  "-trimpath",
  "-buildvcs=false",
  "-pgo=off",
  // The linker would discard the debug tables: not creating them saves an eighth of all compile time.
  "-gcflags=all=-dwarf=false",
] as const;
/** No symbol table, no DWARF. */
export const linkFlags = ["-s", "-w"] as const;

const GoEnv = z.object({
  GOVERSION: z.string(),
  GOHOSTOS: z.string(),
  GOHOSTARCH: z.string(),
  GOPROXY: z.string(),
});

/** The properties of the installed Go that determine a build, and its download source. */
export interface Go {
  /** E.g. `go1.26.8`. */
  readonly version: string;
  readonly os: string;
  readonly arch: string;
  readonly proxy: string;
}

/** Asks the `go` on PATH; throws a UserError if it is missing or too old. */
export function findGo(): Go {
  const found = GoEnv.parse(JSON.parse(goEnv()));
  if (isOlder(found.GOVERSION, oldestGo)) {
    throw new UserError(
      `Go ${oldestGo} or newer is needed, ${found.GOVERSION} is on PATH.\n${installGo}`,
    );
  }
  return {
    version: found.GOVERSION,
    os: found.GOHOSTOS,
    arch: found.GOHOSTARCH,
    proxy: found.GOPROXY,
  };
}

/** Go's build and module caches. */
export const goCaches = ({ cache }: Layout): { GOCACHE: string; GOMODCACHE: string } => ({
  GOCACHE: join(cache, "go", "build"),
  GOMODCACHE: join(cache, "go", "mod"),
});

/** Environment of every `go` we run: the user's proxy settings stay; we set everything that affects the result. */
export function goEnvironment(layout: Layout, go: Go): Record<string, string> {
  return {
    CGO_ENABLED: "0",
    GOARCH: go.arch,
    ...goCaches(layout),
    GOEXPERIMENT: "",
    // Modules stay writable, so that `slipway clean` can remove them.
    GOFLAGS: "-modcacherw",
    GOOS: go.os,
    GOTOOLCHAIN: "local",
    GOWORK: "off",
  };
}

const installGo =
  "Install a current Go from https://go.dev/dl, put its bin directory first on PATH, and run this again.";

function goEnv(): string {
  try {
    // GOTOOLCHAIN=local: without it an old Go would try to download a newer one just to answer.
    return execFileSync("go", ["env", "-json", ...Object.keys(GoEnv.shape)], {
      encoding: "utf8",
      env: { ...process.env, GOTOOLCHAIN: "local" },
    });
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === "ENOENT"
        ? "there is no `go` on PATH"
        : `\`go env\` failed: ${error instanceof Error ? error.message : String(error)}`;
    throw new UserError(`Go ${oldestGo} or newer is needed: ${reason}.\n${installGo}`);
  }
}

/** Compares `go1.26.8` with `1.26.0`; a development version (`devel …`) counts as new. */
export function isOlder(version: string, oldest: string): boolean {
  const numbers = /^go(\d+)\.(\d+)(?:\.(\d+))?/.exec(version)?.slice(1);
  if (numbers === undefined) return false;
  const wanted = oldest.split(".").map(Number);
  for (const [index, minimum] of wanted.entries()) {
    const given = Number(numbers[index] ?? 0);
    if (given !== minimum) return given < minimum;
  }
  return false;
}
