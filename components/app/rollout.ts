/**
 * How a new version takes over from the one that serves. A project has two slots, `a` and `b`, each at most one Deployment;
 * which of them serves is the Service's selector. A release walks through stages; each stage is a record in the stack's
 * config and one update, so whoever is killed goes on where he was. Everything here is pure.
 */

export const slots = ["a", "b"] as const;
export type Slot = (typeof slots)[number];
export const otherSlot = (slot: Slot): Slot => (slot === "a" ? "b" : "a");

/** One step of a canary. */
export interface CanaryStep {
  /** Percent of the requests for the new version, 0 to 99; 0 is for header and cookie alone. */
  weight: number;
  /** Seconds until the next step; `approval` waits until somebody runs the release again. @default 0 */
  pause?: number | "approval";
}

/** How a new version takes over. */
export type Strategy =
  /** One pod up, one pod down. */
  | { kind: "rolling" }
  /** All down, then up: for what cannot run twice at a time. */
  | { kind: "recreate" }
  /** A second set of pods; traffic changes over at once, or (`halves`) between two halves that serve 50/50 in peace. */
  | { kind: "blueGreen"; form: "switch" | "halves" }
  /** A growing share of the requests, or those with a header or a cookie. */
  | {
      kind: "canary";
      steps: readonly CanaryStep[];
      header?: { name: string; value?: string };
      cookie?: string;
    };

/** A stage of a release between the old steady state and the new one. */
export type Stage =
  /** The new image is pulled to every node that may run it. */
  | { name: "pull" }
  /** One pod of the new version, without traffic, for its check. */
  | { name: "prove" }
  /** As many pods of the new version as of the old, without traffic. */
  | { name: "beside" }
  /** Halves: the half to be upgraded first is taken out of the traffic. */
  | { name: "drain" }
  /** Halves: that half gets the new version, still without traffic. */
  | { name: "upgrade" }
  /** A canary's share of the traffic. */
  | { name: "weight"; weight: number; pause: number | "approval" }
  /** All traffic goes to the new version; the old one stands by. */
  | { name: "switch" }
  /** Halves: the other half gets the new version too. */
  | { name: "follow" };

/** What of a project's settings decides over stages. */
export interface RolloutArgs {
  strategy: Strategy;
  /** Has a check that must pass before traffic moves. */
  checked: boolean;
  /** Pull the image to all nodes first. */
  prepull: boolean;
}

/** Stages of a release, in order; after the last the record is settled and describes a steady state again. */
export function stagesOf({ strategy, checked, prepull }: RolloutArgs): Stage[] {
  return [...(prepull ? [{ name: "pull" } as const] : []), ...ownStages(strategy, checked)];
}

function ownStages(strategy: Strategy, checked: boolean): Stage[] {
  switch (strategy.kind) {
    case "rolling":
      return checked ? [{ name: "prove" }] : [];
    case "recreate":
      return [];
    case "blueGreen":
      return strategy.form === "switch"
        ? [{ name: "beside" }, { name: "switch" }]
        : [{ name: "drain" }, { name: "upgrade" }, { name: "switch" }, { name: "follow" }];
    case "canary":
      return [
        ...strategy.steps.map(
          ({ weight, pause = 0 }) => ({ name: "weight", weight, pause }) as const,
        ),
        { name: "switch" },
      ];
  }
}

/** Which version a Deployment runs: the one that served before the release, or the one that comes. */
export type Role = "live" | "next";

/** One Deployment. */
export interface Track {
  slot: Slot;
  role: Role;
  replicas: number;
}

/** What of a project runs at one moment. */
export interface Layout {
  tracks: Track[];
  /** Slots that the Service leads to. */
  serving: Slot[];
  /** Slot of the new version, which has a Service of its own as long as a release is under way. */
  candidate?: Slot;
  /** Percent of the requests from outside that a canary Ingress leads to the candidate. */
  weight?: number;
  /** The new image is pulled to every node. */
  pull?: true;
}

/** A project's state, as its record and its settings say it. */
export interface State {
  /** Slot that serves; with `halves` the one that keeps serving while the other is upgraded first. */
  slot: Slot;
  replicas: number;
  /** How it stands in peace. */
  strategy: Strategy;
  /** The stage of a release under way. */
  stage?: Stage;
  /** Can shares of the traffic be given by an Ingress? Otherwise the number of pods decides. */
  weighted: boolean;
}

/** What runs in a state. */
export function layoutOf(state: State): Layout {
  const { slot, replicas, strategy, stage, weighted } = state;
  const other = otherSlot(slot);
  const half = Math.ceil(replicas / 2);
  const live = (count = replicas): Track => ({ slot, role: "live", replicas: count });
  const next = (count = replicas): Track => ({ slot: other, role: "next", replicas: count });
  const halves = strategy.kind === "blueGreen" && strategy.form === "halves";
  const steady: Layout = halves
    ? {
        tracks: [live(half), { slot: other, role: "live", replicas: half }],
        serving: [slot, other],
      }
    : { tracks: [live()], serving: [slot] };
  switch (stage?.name) {
    case undefined:
      return steady;
    case "pull":
      return { ...steady, pull: true };
    case "prove":
      return { tracks: [live(), next(1)], serving: [slot], candidate: other };
    case "drain":
      return {
        tracks: [live(), { slot: other, role: "live", replicas: half }],
        serving: [slot],
      };
    case "beside":
    case "upgrade":
      return { tracks: [live(), next()], serving: [slot], candidate: other };
    case "weight":
      return weighted
        ? {
            tracks: [live(), next(Math.max(1, Math.ceil((replicas * stage.weight) / 100)))],
            serving: [slot],
            candidate: other,
            weight: stage.weight,
          }
        : {
            tracks: [live(), next(podsFor(stage.weight, replicas))],
            serving: stage.weight === 0 ? [slot] : [slot, other],
            candidate: other,
          };
    case "switch":
      return { tracks: [live(), next()], serving: [other], candidate: other };
    case "follow":
      return {
        tracks: [{ slot, role: "next", replicas }, next()],
        serving: [other],
        candidate: other,
      };
  }
}

/** Slot that serves once a release with this strategy is settled. */
export const settledSlot = (slot: Slot, strategy: Strategy): Slot =>
  (strategy.kind === "blueGreen" && strategy.form === "switch") || strategy.kind === "canary"
    ? otherSlot(slot)
    : slot;

/** Pods beside `replicas` old ones that get about `weight` percent of what is spread evenly over all of them. */
const podsFor = (weight: number, replicas: number): number =>
  Math.max(1, Math.round((replicas * weight) / (100 - weight)));
