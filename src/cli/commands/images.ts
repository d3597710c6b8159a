import { Command, Option } from "commander";
import { ImageCleaning, type MachineVerdicts } from "../../image-cleaning/cleaning";
import { shortDigest } from "../../rollout/titles";
import { agreed, onStack, report, type StackOptions } from "../options";
import { platformImages, type PlatformImage } from "../../stack/images";
import { table } from "../table";
import { openSession } from "../session";

const examples = [
  "images --stack prod",
  "images --stack prod --clean --yes",
  "images --platform --json",
];

/** `slipway images`: the projects' images on the machines of a stack's cluster, and which can be removed. */
export const images = (): Command =>
  onStack(
    new Command("images")
      .description(
        "the projects' images on each machine; those in the history of any stack are kept",
      )
      .option("--clean", "remove what is unneeded, and keep kubelet from removing the rest")
      .addOption(
        new Option(
          "--platform",
          "what the platform itself pulls, for mirrors and air gaps",
        ).conflicts("clean"),
      ),
    examples,
  ).action(async (options: StackOptions & { clean?: boolean; platform?: boolean }) => {
    if (options.platform === true) {
      const pulled = platformImages();
      report(pulled, platformTable(pulled), options.json);
      return;
    }
    const session = openSession(options.stack);
    const cleaning = await ImageCleaning.open(session);
    const found = await cleaning.look();
    const lines = linesOf(found);
    if (options.clean === true) {
      const going = lines.filter(({ state }) => state === "unneeded");
      await agreed([`${going.length} images are removed from the machines`], {
        stack: session.stack,
        yes: options.yes,
      });
      await cleaning.clean(found);
    }
    report(lines, imagesTable(lines), options.json);
    for (const { machine, problem } of found)
      if (problem !== undefined) {
        console.error(`${machine} was not checked: ${problem}`);
        process.exitCode = 1;
      }
  });

/** One image on one machine. */
export interface ImageLine {
  machine: string;
  /** Path below the registry. */
  image: string;
  digest: string;
  size: string;
  state: "kept" | "used" | "unneeded";
  /** Stacks whose history has it. */
  stacks: readonly string[];
}

/** One row per image; pure. */
export function linesOf(found: readonly MachineVerdicts[]): ImageLine[] {
  return found.flatMap(({ machine, verdicts }) =>
    verdicts.map(({ image: { digest, size }, repository, state, stacks }) => ({
      machine,
      image: repository,
      digest,
      size,
      state,
      stacks,
    })),
  );
}

/** Renders them; pure. */
export const imagesTable = (lines: readonly ImageLine[]): string =>
  table(
    ["machine", "image", "digest", "size", "state"],
    lines.map(({ machine, image, digest, size, state, stacks }) => [
      ...[machine, image, shortDigest(digest), size],
      state === "kept" ? `kept: in the history of ${stacks.join(", ")}` : state,
    ]),
  );

const platformTable = (images: readonly PlatformImage[]): string =>
  table(
    ["part", "for", "image", "releases"],
    images.map(({ part, name, image, see }) => [part, name, image, see]),
  );
