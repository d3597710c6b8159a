/**
 * How a new version takes over from the one that serves. A project has two slots, `a` and `b`, each at most one Deployment;
 * which of them serves is the Service's selector. A release walks through stages; each stage is a record in the stack's
 * config and one update, so a killed run continues where it stopped. Everything here is pure.
 */

export const slots = ["a", "b"] as const;
export type Slot = (typeof slots)[number];
/** Slot of a project that has never switched. */
export const firstSlot: Slot = "a";
export const otherSlot = (slot: Slot): Slot => (slot === "a" ? "b" : "a");

/** One step of a canary. */
export interface CanaryStep {
  /** Percent of the requests for the new version, 0 to 99; with 0 only header and cookie route to it. */
  weight: number;
  /** Seconds until the next step; `approval` waits until the release is run again. @default 0 */
  pause?: number | "approval";
}

/** How a new version takes over. */
export type Strategy =
  /** One pod up, one pod down. */
  | { kind: "rolling" }
  /** All down, then up: for a program that cannot run twice at a time. */
  | { kind: "recreate" }
  /** A second set of pods; traffic switches at once, or (`halves`) between two halves that serve 50/50 in steady state. */
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
  /** Halves: the half that is upgraded first gets no more traffic. */
  | { name: "drain" }
  /** Halves: that half gets the new version, still without traffic. */
  | { name: "upgrade" }
  /** A canary's share of the traffic. */
  | { name: "weight"; weight: number; pause: number | "approval" }
  /** All traffic goes to the new version; the old one keeps running. */
  | { name: "switch" }
  /** Halves: the other half gets the new version too, and then its share of the traffic. */
  | { name: "follow" };

/** The settings of a project that determine its stages. */
export interface RolloutArgs {
  /** How the new version takes over. */
  strategy: Strategy;
  /** Whether a check must pass before traffic moves. */
  checked: boolean;
  /** Whether the image is pulled to all nodes first. */
  prepull: boolean;
  /** Strategy of the previous release, which describes the present steady state. @default `strategy` */
  current?: Strategy;
}

/** Stages of a release, in order; after the last the record is settled and describes a steady state again. */
export function stagesOf({ strategy, checked, prepull, current }: RolloutArgs): Stage[] {
  const own = ownStages(strategy, checked);
  // With two halves that serve, one must get no traffic before its slot can take an unchecked version.
  const narrow = current !== undefined && isHalves(current) && own[0]?.name !== "drain";
  return [
    ...(prepull ? [{ name: "pull" } as const] : []),
    ...(narrow && own.length > 0 ? [{ name: "drain" } as const] : []),
    ...own,
  ];
}

/** Whether two sets of pods serve in steady state. */
export const isHalves = (strategy: Strategy): boolean =>
  strategy.kind === "blueGreen" && strategy.form === "halves";

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

/** Which version a Deployment runs: the one that served before the release, or the new one. */
export type VersionRole = "live" | "next";

/** One Deployment. */
export interface Track {
  slot: Slot;
  role: VersionRole;
  replicas: number;
}

/** The Deployments of a project at one moment, and which of them get traffic. */
export interface TrackLayout {
  tracks: Track[];
  /** Slots that the Service routes to. */
  serving: Slot[];
  /** Slot of the new version, which has a Service of its own during a release. */
  candidate?: Slot;
  /** Percent of the requests from outside that a canary Ingress routes to the candidate. */
  weight?: number;
  /** Slot whose Deployment changes only after the traffic has moved: its pods are needed until the other slot serves too. */
  last?: Slot;
  /** The new image is pulled to every node. */
  pull?: true;
}

/** A project's state, from its record and its settings. */
export interface State {
  /** Slot that serves; with `halves` the one that keeps serving while the other is upgraded first. */
  slot: Slot;
  replicas: number;
  /** Strategy of its steady state. */
  strategy: Strategy;
  /** The stage of a release under way. */
  stage?: Stage;
  /** Whether an Ingress can split the traffic by weight; otherwise the number of pods does. */
  weighted: boolean;
}

/** What runs in a state. */
export function layoutOf(state: State): TrackLayout {
  const { slot, replicas, strategy, stage, weighted } = state;
  const other = otherSlot(slot);
  const half = Math.ceil(replicas / 2);
  const live = (count = replicas): Track => ({ slot, role: "live", replicas: count });
  const next = (count = replicas): Track => ({ slot: other, role: "next", replicas: count });
  const steady: TrackLayout = isHalves(strategy)
    ? {
        tracks: [live(half), { slot: other, role: "live", replicas: half }],
        serving: [slot, other],
        last: slot,
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
            tracks: podsByWeight(stage.weight, replicas, live, next),
            serving: stage.weight === 0 ? [slot] : [slot, other],
            candidate: other,
            ...(stage.weight > 50 ? { last: slot } : {}),
          };
    case "switch":
      return { tracks: [live(), next()], serving: [other], candidate: other };
    case "follow":
      return {
        tracks: [{ slot, role: "next", replicas }, next()],
        // The Service changes after the Deployments: by then both slots have the new version, at full strength.
        serving: [slot, other],
        candidate: other,
      };
  }
}

/**
 * Stages to go back through, in order, before a release at this stage may be dropped. The half that was upgraded first gets the
 * old version again at the end, so it must not be the only one that serves by then: halves go back until the other one serves at
 * full strength. Every other strategy drops at once, because the old version still runs.
 */
export function stagesBack(strategy: Strategy, stage: Stage): Stage[] {
  if (!isHalves(strategy)) return [];
  if (stage.name === "follow") return [{ name: "switch" }, { name: "upgrade" }];
  return stage.name === "switch" ? [{ name: "upgrade" }] : [];
}

/** Slot that serves once a release with this strategy is settled. */
export const settledSlot = (slot: Slot, strategy: Strategy): Slot =>
  (strategy.kind === "blueGreen" && strategy.form === "switch") || strategy.kind === "canary"
    ? otherSlot(slot)
    : slot;

/**
 * Sizes of both sets of pods that give the new one about `weight` percent of evenly spread traffic. The larger set has the full
 * number, so capacity never drops.
 */
function podsByWeight(
  weight: number,
  replicas: number,
  live: (count: number) => Track,
  next: (count: number) => Track,
): Track[] {
  const smaller = Math.min(weight, 100 - weight);
  const few = Math.max(1, Math.round((replicas * smaller) / (100 - smaller)));
  return weight > 50 ? [live(few), next(replicas)] : [live(replicas), next(few)];
}
