import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Configuration, MountedConfig } from "../../components/app/config";
import type { Problem } from "../../components/shared/problem";
import { openConfig, readConfig, recipeOf, type ProjectConfig } from "./config-repository";
import type { Version } from "../records/record";
import { mounts, type SourceArgs, type SourceRoots } from "./sources";

/** Bytes that one ConfigMap or Secret may hold, minus room for its metadata. */
const mostBytes = 1_000_000;

type Found = { configuration?: Configuration; problems: Problem[] };

/**
 * The part of a released version's configuration that is not in its image, read at the version's config commit. Image and
 * configuration therefore go back together, whatever has changed in the repository since.
 */
export function configurationOf(
  checkout: string,
  roots: SourceRoots | undefined,
  args: SourceArgs,
  version: Pick<Version, "config" | "configHash">,
): Found {
  const mounted = mounts(args);
  // The image holds all of it except the hosts of a CD tree.
  if (roots === undefined || (!mounted && !hasTree(checkout, roots, args))) return { problems: [] };
  const commit = version.config ?? roots.commit;
  const opened = openConfig(checkout, roots.config, { project: args.project, commit });
  if (opened.place === undefined) return { problems: [opened.problem] };
  const { config, problems } = readConfig(checkout, opened.place, args);
  if (config === undefined) return { problems };
  if (mounted && version.configHash !== undefined && version.configHash !== config.hash) {
    const where = commit === undefined ? "as in the work tree" : `at commit ${commit.slice(0, 8)}`;
    const problem: Problem = {
      path: "config",
      given: `${config.hash.slice(0, 12)}…, ${roots.config} ${where}`,
      allowed: `the configuration that was released, ${version.configHash.slice(0, 12)}…`,
      fix: "commit the config repository before a release: mounted configuration is read again at the commit",
    };
    return { problems: [problem] };
  }
  return mountedAs(args, config);
}

/** The part of a configuration that is not in the image built with it. */
export function mountedAs({ mode, path }: SourceArgs, config: ProjectConfig): Found {
  const { hostAliases, files, hash } = config;
  if (!mounts({ mode })) return { configuration: { hostAliases }, problems: [] };
  const bytes = Object.values(files).reduce((sum, file) => sum + file.length, 0);
  if (bytes > mostBytes || bytes === 0) {
    const allowed = `1 to ${mostBytes} bytes of configuration, which one object of the cluster can hold`;
    const fix = "set `configMode: bake`";
    return { problems: [{ path: "configMode", given: `${mode}, ${bytes} bytes`, allowed, fix }] };
  }
  const mount: MountedConfig = {
    path: path ?? config.path,
    directory: config.tree !== undefined,
    secret: mode === "secret",
    files,
    hash,
  };
  return { configuration: { hostAliases, mount }, problems: [] };
}

const hasTree = (checkout: string, roots: SourceRoots, { project }: SourceArgs): boolean =>
  existsSync(join(checkout, roots.config)) &&
  recipeOf(join(checkout, roots.config, project)) !== undefined;
