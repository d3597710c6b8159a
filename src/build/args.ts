import type * as pulumi from "@pulumi/pulumi";
import { BaseImage, type BuildArgs } from "../../components/app/image";
import type { Builder } from "../projects/images";
import { imageNames } from "./dockerfile";
import { grounded, type Source } from "./sources";

/** Turns a source into build arguments; a base image is declared as a resource at its first use. */
export type BuildOf = (repository: string, source: Source) => BuildArgs;

/** Tag derived from the content. An image pushed under another tag keeps this one too, so no clean-up treats it as untagged. */
export const contentTag = ({ hash }: Source): string => `source-${hash.slice(0, 12)}`;

/** Creates build arguments; the first Dockerfile that names a base image declares it. */
export function builds(builder: Builder, host: string): BuildOf {
  const { name: instance, templates, bases } = builder;
  const refs = new Map<string, pulumi.Input<string>>(Object.entries(templates));
  const refOf = (name: string): pulumi.Input<string> | undefined => {
    const source = bases[name];
    if (!refs.has(name) && source !== undefined) {
      refs.set(name, new BaseImage(name.replace("/", "-"), build(`${host}/${name}`, source)).ref);
    }
    return refs.get(name);
  };
  const build: BuildOf = (repository, source) => ({
    builder: instance,
    repository,
    tag: contentTag(grounded(source, bases, templates)),
    context: source.context,
    dockerfile: source.dockerfile,
    ...(source.config === undefined ? {} : { config: source.config }),
    bases: Object.fromEntries(
      imageNames(source.dockerfile).flatMap((name) => {
        const ref = refOf(name);
        return ref === undefined ? [] : [[name, ref] as const];
      }),
    ),
  });
  return build;
}
