import type * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { buildImage } from "../../components/app/image";
import { builds } from "./args";
import type { Builder } from "../projects/images";
import type { Source } from "./sources";

/** Input of one build, in a file in its working directory. */
export interface BuildInput {
  /** Kubernetes name of the project. */
  name: string;
  registry: string;
  /** Path of its image below the registry: `back/sjzy.package.api`. */
  repository: string;
  builder: Builder;
  source: Source;
  /** Tags besides the one derived from the content. */
  tags: readonly string[];
  /** What the next build needs to know about this one. */
  remember: Remembered;
}

/** What a build leaves for the next one. */
export interface Remembered {
  hash: string;
  commit?: string;
  /** When this content of this commit was first built. */
  time: string;
}

/** Name of the input file. */
export const inputFile = "input.json";

/** Outputs of a build's program, as `pulumi stack output` prints them. */
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
