import type { Chores, MachineImage } from "./on-machine";

/** Where images of the projects come from. */
export interface Ours {
  /** Host of the registry. */
  registry: string;
  /** Paths below it: `back/sjzy.package.api`. */
  repositories: ReadonlySet<string>;
}

/** An image of a project on a machine, and the decision about it. */
export interface ImageVerdict {
  image: MachineImage;
  repository: string;
  /** Stacks whose history has it; empty if none. */
  stacks: readonly string[];
  /** `kept`: a rollback may need it. `used`: a container runs it. `unneeded`: neither. */
  state: "kept" | "used" | "unneeded";
}

/**
 * Decides about the projects' images on a machine, by the stacks whose history has each digest; other images are ignored. Pure.
 */
export function verdictsOn(
  images: readonly MachineImage[],
  { registry, repositories }: Ours,
  history: ReadonlyMap<string, readonly string[]>,
): ImageVerdict[] {
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

/** The actions that follow from the decisions; pure. */
export function choresOf(verdicts: readonly ImageVerdict[]): Chores {
  const names = (wanted: (verdict: ImageVerdict) => boolean): string[] =>
    verdicts.filter(wanted).flatMap(({ image }) => image.names);
  return {
    pin: names(({ state, image }) => state === "kept" && !image.pinned),
    unpin: names(({ state, image }) => state === "used" && image.pinned),
    remove: names(({ state }) => state === "unneeded"),
  };
}
