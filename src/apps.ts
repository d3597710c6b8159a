import * as pulumi from "@pulumi/pulumi";
import { App, type AppArgs } from "../components/app/app";
import { BaseImage, type BuildArgs } from "../components/app/image";
import { firstSlot, type Slot } from "../components/app/rollout";
import { SharedIngress } from "../components/app/shared-ingress";
import type { IngressContract } from "../components/shared/contracts";
import type { Platform } from "./platform";
import type { Settings } from "./settings";
import type { Builder, Next, Project } from "./settings/images";
import { baseNames, type Source } from "./settings/sources";

/** What a stack tells of a project. */
export interface ProjectOutput {
  /** Name of its Kubernetes objects; its resources in the stack are `<name>` and `<name>--*`. */
  name: string;
  namespace: pulumi.Input<string>;
  /** What serves, by digest. */
  image: pulumi.Output<string>;
  /** The same without its repository: `sha256:…`. */
  digest: pulumi.Output<string>;
  /** Which of its two Deployments serves, or did until the release under way. */
  slot: Slot;
  /** Where a release under way is. */
  step?: string;
  /** The version on its way. */
  nextDigest?: string;
  /** Where it answers from outside; empty when it does not. */
  urls: string[];
  replicas: number;
}

/** Declares every project of a stack; returns what there is to tell of each, by its name in Gitea. */
export function declareApps(settings: Settings, platform: Platform): Record<string, ProjectOutput> {
  const { placement, ingress, registry, options } = platform;
  const { images, secrets, storage, prober } = settings;
  const build = builds(images.builder, registry.host);
  const outputs: Record<string, ProjectOutput> = {};
  const routes: App["route"][] = [];
  for (const project of images.projects) {
    const { name, spec, record, next } = project;
    const surroundings = { secrets, placement, registry, ingress, storage, prober };
    const slot = record?.slot ?? firstSlot;
    const release = { release: record, slot, next: next && nextRelease(next) };
    const app = new App(
      name,
      { spec, image: imageOf(project, build), ...release, ...surroundings },
      options,
    );
    if (spec.expose === "ingress" && spec.ingress === "shared") routes.push(app.route);
    outputs[spec.project] = {
      name,
      namespace: placement.namespace,
      image: app.image,
      digest: app.image.apply((ref) => ref.slice(ref.indexOf("@") + 1)),
      slot,
      ...(next === undefined ? {} : { step: next.version.step, nextDigest: next.version.digest }),
      urls: urlsOf(project, ingress),
      replicas: spec.replicas,
    };
  }
  if (routes.length > 0) {
    new SharedIngress({ placement, className: ingress.className, routes }, options);
  }
  return outputs;
}

const nextRelease = ({ ref, stage, version }: Next): AppArgs["next"] => ({
  ...{ ref, stage },
  strategy: version.strategy,
  release: version,
});

/** How a source becomes the arguments of a build. */
type Build = (repository: string, source: Source) => BuildArgs;

/** Makes arguments of builds; a base image is declared when the first Dockerfile asks for it. */
function builds(builder: Builder | undefined, host: string): Build | undefined {
  if (builder === undefined) return undefined;
  const { name: instance, templates, bases } = builder;
  const refs = new Map<string, pulumi.Input<string>>(Object.entries(templates));
  const refOf = (name: string): pulumi.Input<string> | undefined => {
    const source = bases[name];
    if (!refs.has(name) && source !== undefined) {
      refs.set(name, new BaseImage(name.replace("/", "-"), build(`${host}/${name}`, source)).ref);
    }
    return refs.get(name);
  };
  const build: Build = (repository, { context, dockerfile, hash }) => ({
    builder: instance,
    repository,
    tag: `source-${hash.slice(0, 12)}`,
    context,
    dockerfile,
    bases: Object.fromEntries(
      baseNames(dockerfile).flatMap((name) => {
        const ref = refOf(name);
        return ref === undefined ? [] : [[name, ref] as const];
      }),
    ),
  });
  return build;
}

function imageOf({ image, repository }: Project, build: Build | undefined): AppArgs["image"] {
  if ("ref" in image) return image;
  // Settings choose a source only where there is something to build it with.
  if (build === undefined)
    throw new pulumi.RunError(`there is nothing to build ${repository} with`);
  return { build: build(repository, image.source) };
}

function urlsOf({ spec }: Project, { port }: IngressContract): string[] {
  if (port === undefined) return [];
  const suffix = port === 80 ? "" : `:${port}`;
  return spec.hosts.map((host) => `http://${host}${suffix}${spec.path}`);
}
