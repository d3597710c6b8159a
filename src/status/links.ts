import { z } from "zod";
import { UserError } from "../../components/shared/problem";
import type { Session } from "../engine/session";
import type { PartLink } from "../stack/stack";

/** A page of a part, and whether its server answers. */
export interface LinkStatus {
  part: string;
  url: string;
  purpose: string;
  /** `answers`, or what was said or happened in place of an answer. */
  state: string;
}

const Outputs = z.object({
  links: z
    .array(
      z.object({
        part: z.string(),
        url: z.string(),
        purpose: z.string(),
        health: z.string().optional(),
      }),
    )
    .default([]),
});

/** Milliseconds that a page has to answer. */
const timeout = 3_000;

/** The pages that the last update of a stack has left, each asked once; none where the engine has no outputs of it. */
export async function readLinks({ engine }: Session): Promise<LinkStatus[]> {
  const found = await engine.json("stack", "output").catch((error: unknown) => {
    if (error instanceof UserError) return {};
    throw error;
  });
  const outputs = Outputs.safeParse(found);
  return await Promise.all((outputs.data?.links ?? []).map(ask));
}

/** Asks one page; a server that wants to know who asks is healthy, too. */
export async function ask({ part, url, purpose, health }: PartLink): Promise<LinkStatus> {
  const asked = health === undefined ? url : new URL(health, url).href;
  const state = await fetch(asked, {
    method: "GET",
    redirect: "manual",
    signal: AbortSignal.timeout(timeout),
  }).then(
    ({ status }) => (status < 500 ? "answers" : `answers with ${status}`),
    (error: unknown) => `does not answer: ${reasonOf(error)}`,
  );
  return { part, url, purpose, state };
}

/** What `fetch` hides in the cause of its error: `connect ECONNREFUSED 127.0.0.1:1`. */
function reasonOf(error: unknown): string {
  const { cause = error } = error as { cause?: unknown };
  if (!(cause instanceof Error)) return String(cause);
  return cause.message === "" && "code" in cause ? String(cause.code) : cause.message;
}
