import type { Document } from "../../components/shared/config/document";
import type { Problem } from "../../components/shared/problem";
import type { NextVersion, ReleaseRecord } from "../records/record";
import type { FreezeWindow, Promotion } from "./config";
import type { Rejected } from "./rejected";

/** What the guards look at. */
export interface GateArgs {
  stack: string;
  /** The stack's file, for where a problem is. */
  document: Document;
  releases: Readonly<Record<string, ReleaseRecord>>;
  promotion?: Promotion | undefined;
  branches?: readonly string[] | undefined;
  freeze?: readonly FreezeWindow[] | undefined;
  /** What is rejected, in this stack and in all others. */
  rejected: readonly Rejected[];
  /** Stacks of this checkout. */
  stacks: readonly string[];
  /** The one project that the update is limited to. */
  only?: string | undefined;
  /** The versions are asked for, and nothing of them is written down or runs: who asks can ask for another. */
  target?: boolean;
  now: Date;
}

/** Something that a guard objects to. */
export interface Violation {
  problem: Problem;
  /** Holds only as long as this version does not run already. */
  unlessRuns?: {
    project: string;
    digest: string;
    /** Another one is on its way to take over, so that nothing need be said of it. */
    leaves?: boolean;
  };
  /** A preview only warns of it. */
  onlyUpdate?: true;
}

/** A version that a stack is to run: the one that serves, or the one on its way. */
export type RequestedVersion = { project: string; path: readonly string[] } & (
  { part: "live"; version: ReleaseRecord } | { part: "next"; version: NextVersion }
);

/** The versions that the records of a stack ask for. */
export function askedFor(releases: GateArgs["releases"]): RequestedVersion[] {
  return Object.entries(releases).flatMap(([project, record]): RequestedVersion[] => {
    if (record.removed === true) return [];
    const path = ["releases", project];
    const { next } = record;
    return [
      { project, path, part: "live", version: record },
      ...(next === undefined
        ? []
        : [{ project, path: [...path, "next"], part: "next", version: next } as const]),
    ];
  });
}

/** What serves may go on; what is on its way must not arrive, however far it is. */
export function unlessRuns(asked: RequestedVersion): Pick<Violation, "unlessRuns"> {
  if (asked.part === "next") return {};
  const { digest, next } = asked.version;
  return { unlessRuns: { project: asked.project, digest, leaves: next !== undefined } };
}
