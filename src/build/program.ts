import type * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { buildImage } from "../../components/app/image";
import { builds } from "./args";
import type { Builder } from "../projects/images";
import type { Source } from "./sources";

/** What one build is told, by a file in its working directory. */
export interface BuildInput {
  /** Kubernetes name of the project. */
  name: string;
  registry: string;
  /** Path of its image below the registry: `back/sjzy.package.api`. */
  repository: string;
  builder: Builder;
  source: Source;
  /** Tags besides the one that follows from the content. */
  tags: readonly string[];
  /** What the next build wants to know of this one. */
  remember: Remembered;
}

/** What a build leaves for the next one. */
export interface Remembered {
  hash: string;
  commit?: string;
  /** When this content of this commit was built first. */
  time: string;
}

/** Name of the file with the input. */
export const inputFile = "input.json";

/** What the program of a build tells: `pulumi stack output`. */
export interface BuildOutputs extends Remembered {
  /** `repository@sha256:…` */
  ref: pulumi.Output<string>;
}

/** The program of one build: base images first, by digest, then the project's own. */
export function program(): BuildOutputs {
  const input = JSON.parse(readFileSync(inputFile, "utf8")) as BuildInput;
  const { name, registry, builder, source, tags, remember } = input;
  const args = builds(builder, registry)(`${registry}/${input.repository}`, source);
  const ref = buildImage(name, { ...args, tags }, {});
  return { ref, ...remember };
}
