import { authorityOf } from "../../components/cluster/authorities";
import { createRequire } from "node:module";
import { openConfig, readConfig } from "../build/config-repository";
import { imageDigest } from "../../components/shared/config/fields";
import { ReleaseRecord, type Version } from "../records/record";
import { mounts } from "../build/sources";
import { buildRequest, type BuildOptions, type BuildRequest } from "../build/request";
import type * as Build from "../build/build";
import type { ReleasedProject } from "./project";
import { lookUp, type Registry } from "../build/registry";
import { sandboxDown, type Session } from "../engine/session";
import { notDone } from "../stack/refusal";
import { configRevision, uncommitted } from "../build/revisions";

/** How a version is requested: one of three ways. */
export interface VersionRequest {
  digest?: string | undefined;
  tag?: string | undefined;
  build?: boolean | undefined;
  /** Its build. */
  how?: BuildOptions;
}

/** The requested version; throws if there is none. */
export async function versionAsked(
  session: Session,
  known: ReleasedProject,
  { digest, tag, build, how = {} }: VersionRequest,
  { show, allow }: Pick<BuildRequest, "show" | "allow"> = {},
): Promise<Version> {
  if (known.config.cluster.kind === "sandbox" && session.sandbox === undefined) throw sandboxDown();
  if (build === true) {
    const request = buildRequest(session, known, how);
    // Loaded only here: it loads the whole SDK, which takes longer than everything else in a release.
    const { buildProject } = createRequire(__filename)("../build/build") as typeof Build;
    const asked = { ...(show && { show }), ...(allow && { allow }) };
    const { version, unnamed, exposes } = await buildProject({ ...request, ...asked });
    for (const why of [...unnamed, ...portText(exposes, known.spec.port)])
      console.error(`${known.project}: ${why}`);
    return version;
  }
  const { project, record } = known;
  const wanted = digest ?? tag ?? "";
  const flag = digest === undefined ? "--tag" : "--digest";
  const rule = digest === undefined ? ReleaseRecord.shape.tag : imageDigest;
  const result = rule.safeParse(wanted);
  if (!result.success) {
    const allowed = result.error.issues[0]?.message ?? "";
    throw notDone(project, "released", [{ path: flag, given: wanted, allowed }]);
  }
  const found = await inRegistry(session, known, flag, wanted);
  // What the record says about the version being rolled out or serving need not be given again.
  const same = [record?.next, record].find((one) => one?.digest === found);
  if (same !== undefined) {
    const { tag: known, commit, author, branch, config, configHash } = same;
    return { digest: found, tag: tag ?? known, commit, author, branch, config, configHash };
  }
  const named = tag === undefined ? {} : { tag };
  return { digest: found, ...named, ...mountedWith(session.checkout, known) };
}

/**
 * The commit of the configuration that is mounted into an image built elsewhere; throws if the configuration is not committed.
 */
function mountedWith(
  checkout: string,
  { project, source, config: { build } }: ReleasedProject,
): Pick<Version, "config" | "configHash"> {
  if (!mounts(source)) return {};
  const revision = configRevision(checkout, build, source);
  if (revision === undefined) return {};
  if (revision.dirty) throw notDone(project, "released", [uncommitted]);
  const { commit } = revision;
  const { place } = openConfig(checkout, build.config, { project, commit });
  const { config } = place === undefined ? {} : readConfig(checkout, place, source);
  return { config: commit, ...(config && { configHash: config.hash }) };
}

/** Warns about an image whose exposed ports do not include the project's port. */
export const portText = (exposes: readonly number[], port: number): string[] =>
  exposes.length === 0 || exposes.includes(port)
    ? []
    : [
        `its Dockerfile says EXPOSE ${exposes.join(" ")}, and \`port\` of its project's file is ${port}: requests go to that one`,
      ];

/** The digest that the registry has for a tag or digest. */
async function inRegistry(
  session: Session,
  known: ReleasedProject,
  path: string,
  reference: string,
): Promise<string> {
  const { project, repository } = known;
  const byDigest = path === "--digest";
  const registry = registryOf(session, known, byDigest);
  if (registry === undefined) return reference;
  const answer = await lookUp(registry, repository, reference);
  if ("digest" in answer) return answer.digest;
  const where = `${registry.host}/${repository}`;
  if ("unknown" in answer) {
    if (byDigest) {
      console.error(`not checked whether ${where} has it: ${answer.unknown}`);
      return reference;
    }
    throw notDone(project, "released", [
      {
        path,
        given: reference,
        allowed: `a tag of ${where}, which cannot be queried`,
        fix: `${answer.unknown}; name the version by --digest instead`,
      },
    ]);
  }
  throw notDone(project, "released", [
    {
      path,
      given: reference,
      allowed: `an image that ${where} has`,
      fix: `push it first, or build it: slipway release ${project} --build --stack ${session.stack}`,
    },
  ]);
}

/** The registry to look a project's images up in; undefined if there is none, or if images cannot be missing in it. */
function registryOf(
  { sandbox, checkout }: Session,
  { config }: ReleasedProject,
  byDigest: boolean,
): Registry | undefined {
  const onSandbox = config.cluster.kind === "sandbox";
  // If all nodes are simulated no image exists.
  if (byDigest && onSandbox && sandbox?.builder === undefined) return undefined;
  const host = onSandbox ? sandbox?.registry : config.registry?.host;
  return host === undefined
    ? undefined
    : { host, authority: authorityOf(checkout, config.authorities, host) };
}

/**
 * Warns about a rollback target whose image the registry no longer has: its retention has removed it, or `group` in the project's
 * file now names another repository. Nothing if the registry does not answer at once: a rollback is urgent.
 */
export async function goneFromRegistry(
  session: Session,
  known: ReleasedProject,
  digest: string,
): Promise<string | undefined> {
  const registry = registryOf(session, known, true);
  if (registry === undefined) return undefined;
  const answer = await lookUp({ ...registry, timeout: 3_000 }, known.repository, digest);
  return "found" in answer && !answer.found
    ? `${known.project}: ${registry.host}/${known.repository} no longer has ${digest}: only nodes that have it can run it. Push it again, or name another version by --to`
    : undefined;
}
