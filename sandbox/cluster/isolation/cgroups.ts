import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { UserError } from "../../../components/shared/problem";
import type { Layout } from "../../layout";

/** A mounted hierarchy of control groups: one per controller in version 1, a single one in version 2. */
export interface Hierarchy {
  path: string;
  version: 1 | 2;
}

/** Parent of all control groups of a sandbox, as kubelet and buildkitd name it. */
export const cgroupName = (layout: Layout): string => `/slipway-${layout.id}`;

/** The hierarchies in a table of mounts, such as /proc/self/mounts. */
export function parseHierarchies(mounts: string): Hierarchy[] {
  return mounts
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, path, type]) => type?.startsWith("cgroup") && path?.startsWith("/sys/fs/cgroup"))
    .map(([, path = "", type]) => ({ path, version: type === "cgroup2" ? 2 : 1 }));
}

/** The hierarchies of this machine. */
export const hierarchies = (): Hierarchy[] =>
  parseHierarchies(readFileSync("/proc/self/mounts", "utf8"));

/**
 * Creates the sandbox's group in each hierarchy, with a subgroup for the sandbox's own processes beside those that kubelet and
 * buildkitd create for containers.
 * @returns the files by which a process joins.
 */
export function createCgroups(layout: Layout, all: readonly Hierarchy[]): string[] {
  return all.map(({ path, version }) => {
    const parent = join(path, cgroupName(layout));
    const own = join(parent, "system");
    if (version === 2) delegate(path);
    mkdirSync(own, { recursive: true });
    if (version === 2) delegate(parent);
    else inheritCpuset(path, [parent, own]);
    return join(own, "cgroup.procs");
  });
}

/** Removes the sandbox's groups; its processes must have ended. */
export function removeCgroups(layout: Layout, all: readonly Hierarchy[]): void {
  const groups = all.map(({ path }) => join(path, cgroupName(layout)));
  groups.forEach(thawTree);
  groups.forEach(removeTree);
}

/** Groups of the sandbox that still exist. */
export function remainingCgroups(layout: Layout, all: readonly Hierarchy[]): string[] {
  return all.map(({ path }) => join(path, cgroupName(layout))).filter((path) => existsSync(path));
}

/** Version 2: children of a group have only the controllers that their parent passes on. */
function delegate(group: string): void {
  const controllers = readFileSync(join(group, "cgroup.controllers"), "utf8").trim();
  if (controllers === "") return;
  const wanted = controllers.split(" ").map((name) => `+${name}`);
  try {
    writeFileSync(join(group, "cgroup.subtree_control"), wanted.join(" "));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EBUSY") throw error;
    throw new UserError(
      [
        `control groups cannot be divided here: processes are in ${group} itself`,
        "that is so inside a container; run the sandbox on a machine, or in a container with its host's cgroups",
      ].join("\n"),
    );
  }
}

/** Version 1: a new cpuset has no processor and no memory, and accepts no process until it is given some. */
function inheritCpuset(root: string, groups: readonly string[]): void {
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    if (!existsSync(join(root, file))) continue;
    const value = readFileSync(join(root, file), "utf8");
    for (const group of groups) writeFileSync(join(group, file), value);
  }
}

/**
 * Resumes frozen processes below a group: runc, killed while it starts a container, leaves a process that SIGKILL cannot end
 * while frozen.
 */
export function thawTree(group: string): void {
  if (!existsSync(group)) return;
  for (const [file, stopped, goes] of [
    ["freezer.state", /^(FROZEN|FREEZING)/, "THAWED"],
    ["cgroup.freeze", /^1/, "0"],
  ] as const) {
    const path = join(group, file);
    if (existsSync(path) && stopped.test(readFileSync(path, "utf8"))) writeFileSync(path, goes);
  }
  for (const entry of readdirSync(group, { withFileTypes: true })) {
    if (entry.isDirectory()) thawTree(join(group, entry.name));
  }
}

/** The kernel removes a group only if it has no children. Its files are not real ones. */
export function removeTree(group: string): void {
  if (!existsSync(group)) return;
  for (const entry of readdirSync(group, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(group, entry.name));
  }
  rmdirSync(group);
}
