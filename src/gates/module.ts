import { defineModule } from "../../components/shared/module";
import type { ReleaseRecord } from "../records/record";
import { gatesConfig } from "./config";
import { freezeProblems } from "./freeze";
import { evaluateGates, violations, type Running } from "./gates";
import type { Violation } from "./violation";
import type { Rejected } from "./rejected";
import { askRunning } from "./running";

/** What gates need to know about other parts. */
export interface GatesTypes {
  settings: { violations: readonly Violation[] };
  reads: {
    projects: {
      releases: Readonly<Record<string, ReleaseRecord>>;
      rejected: readonly Rejected[];
      stacks: readonly string[];
    };
  };
  /** The running state; absent if no violation depends on it. */
  facts: Running | undefined;
  plan: object;
}

/** Decides which versions may enter a stack: branches, promotion, freezes, rejections. */
export const gates = defineModule<GatesTypes>()({
  key: "gates",
  config: gatesConfig,
  reads: ["projects"],

  resolve: ({ branches, promotion, freeze }, { stack, document, only, now, settings }) => {
    const { releases = {}, rejected = [], stacks = [] } = settings.projects ?? {};
    const args = { stack, stacks, document, releases, promotion, branches, freeze, only, now };
    return {
      value: { violations: violations({ ...args, rejected }) },
      problems: freezeProblems(document, freeze),
    };
  },

  // The state of a large stack takes a while to read: only if a version would be refused without it.
  inspect: async (settings) =>
    settings.violations.some(({ unlessRuns }) => unlessRuns !== undefined)
      ? await askRunning()
      : undefined,

  plan: (settings, running, { preview }) =>
    evaluateGates(settings.violations, { preview, running }),
});
