import { modules } from "../../src/modules";
import type { Running } from "../../src/gates/gates";
import type { Sources } from "../../src/stack/sources";
import {
  declareStack as declare,
  planStack,
  resolveStack,
  type Outputs,
  type Planned,
} from "../../src/stack/stack";
import { unwatched } from "../../src/readiness/rollouts";
import type { LiveIngress } from "../../src/status/routes";

/** Sources of a test's stack, and what runs in it. */
export interface TestSources extends Sources {
  running?: Running | undefined;
}

/** Reads and plans a stack, without checking the cluster; throws refusals. */
export const readSettings = (
  { running, ...sources }: TestSources,
  parts: readonly unknown[] = modules,
): Planned => planStack(resolveStack(sources, parts), { gates: running }, parts);

/** Declares it, without waiting. */
export const declareStack = async (
  planned: Planned,
  live?: { ingress?: LiveIngress },
): Promise<Outputs> =>
  await declare(planned, { rollouts: unwatched, ...(live && { live: { projects: live } }) });
