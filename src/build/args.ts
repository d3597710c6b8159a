import type * as pulumi from "@pulumi/pulumi";
import { BaseImage, type BuildArgs } from "../../components/app/image";
import type { Builder } from "../projects/images";
import { imageNames } from "./dockerfile";
import { grounded, type Source } from "./sources";

/** How a source becomes the arguments of a build; the base images it stands on are declared at their first use. */
export type Build = (repository: string, source: Source) => BuildArgs;

/** Tag that follows from the content: what is pushed under another tag as well keeps it, and no clean-up takes it for rubbish. */
export const contentTag = ({ hash }: Source): string => `source-${hash.slice(0, 12)}`;

/** Makes arguments of builds; a base image is declared when the first Dockerfile asks for it. */
export function builds(builder: Builder, host: string): Build {
  const { name: instance, templates, bases } = builder;
  const refs = new Map<string, pulumi.Input<string>>(Object.entries(templates));
  const refOf = (name: string): pulumi.Input<string> | undefined => {
    const source = bases[name];
    if (!refs.has(name) && source !== undefined) {
      refs.set(name, new BaseImage(name.replace("/", "-"), build(`${host}/${name}`, source)).ref);
    }
    return refs.get(name);
  };
  const build: Build = (repository, source) => ({
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
