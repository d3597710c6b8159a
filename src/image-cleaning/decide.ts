import type { Chores, MachineImage } from "./on-machine";

/** Where images of the projects come from. */
export interface Ours {
  /** Host of the registry. */
  registry: string;
  /** Paths below it: `back/sjzy.package.api`. */
  repositories: ReadonlySet<string>;
}

/** An image of a project on a machine, and what is to become of it. */
export interface Verdict {
  image: MachineImage;
  repository: string;
  /** Stacks in whose history it is; empty when it is in none. */
  stacks: readonly string[];
  /** `kept`: one may have to come back to it. `used`: a container runs it. `unneeded`: neither. */
  state: "kept" | "used" | "unneeded";
}

/** Judges the projects' images on a machine by the stacks that each digest is in the history of; those of others are let be. Pure. */
export function verdictsOn(
  images: readonly MachineImage[],
  { registry, repositories }: Ours,
  history: ReadonlyMap<string, readonly string[]>,
): Verdict[] {
  return images.flatMap((image) => {
    const repository = image.names
      .filter((name) => name.startsWith(`${registry}/`))
      .map((name) => name.slice(registry.length + 1).replace(/(@sha256:.*|:[^:/]*)$/, ""))
      .find((path) => repositories.has(path));
    if (repository === undefined) return [];
    const stacks = history.get(image.digest) ?? [];
    const state = stacks.length > 0 ? "kept" : image.used ? "used" : "unneeded";
    return [{ image, repository, stacks, state } as const];
  });
}

/** What there is to do for the verdicts to hold; pure. */
export function choresOf(verdicts: readonly Verdict[]): Chores {
  const names = (wanted: (verdict: Verdict) => boolean): string[] =>
    verdicts.filter(wanted).flatMap(({ image }) => image.names);
  return {
    pin: names(({ state, image }) => state === "kept" && !image.pinned),
    unpin: names(({ state, image }) => state === "used" && image.pinned),
    remove: names(({ state }) => state === "unneeded"),
  };
}
