import * as dockerBuild from "@pulumi/docker-build";
import * as pulumi from "@pulumi/pulumi";
import { PlatformComponent } from "../shared/component";

/** How an image is built. */
export interface BuildArgs {
  /** buildx instance that builds and pushes. */
  builder: string;
  /** Repository that it is pushed to: `127.0.0.1:5000/back/sjzy.package.api`. */
  repository: string;
  /** Derived from the content, so an older image keeps its tag and no clean-up deletes it as untagged. */
  tag: string;
  /** More tags, for people. @default none */
  tags?: readonly string[];
  /** Directory of the sources. */
  context: string;
  /** Text of the Dockerfile. */
  dockerfile: string;
  /**
   * Directory of the project's own configuration, which the Dockerfile copies by `COPY --from=config`. So an image depends on its
   * own files of the config repository and on no other project's.
   * @default none: the Dockerfile takes nothing from there
   */
  config?: string;
  /** Images that the Dockerfile names by a short name: `front/packet` → reference by digest. */
  bases: Record<string, pulumi.Input<string>>;
}

/** Builds and pushes an image; returns its reference by digest, `repository@sha256:…`. */
export function buildImage(
  name: string,
  args: BuildArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const image = new dockerBuild.Image(
    name,
    imageArgs(args),
    // Another stack may still serve or roll back to a digest that this one no longer runs.
    pulumi.mergeOptions(opts, { retainOnDelete: true }),
  );
  return pulumi.interpolate`${args.repository}@${image.digest}`;
}

/** An image that others are built on. */
export class BaseImage extends PlatformComponent {
  /** Reference by digest. */
  public readonly ref: pulumi.Output<string>;

  constructor(name: string, args: BuildArgs, opts?: pulumi.ComponentResourceOptions) {
    super("BaseImage", name, opts);
    this.ref = buildImage(name, args, this.child);
    this.registerOutputs({ ref: this.ref });
  }
}

/** Arguments of the docker-build resource. */
export function imageArgs(args: BuildArgs): dockerBuild.ImageArgs {
  const { builder, repository, tag, tags = [], context, dockerfile } = args;
  return {
    builder: { name: builder },
    tags: [tag, ...tags].map((each) => `${repository}:${each}`),
    context: { location: context, named: namedContexts(args) },
    dockerfile: { inline: dockerfile },
    // The same content gives the same digest at any time and from any checkout.
    buildArgs: { SOURCE_DATE_EPOCH: "0" },
    exports: [{ raw: "type=registry,rewrite-timestamp=true" }],
    push: false,
    // A preview only compares the sources; the update builds them, and stops if that fails.
    buildOnPreview: false,
  };
}

function namedContexts({ bases, config }: Pick<BuildArgs, "bases" | "config">): Named {
  const images = Object.entries(bases).map(([name, ref]) => {
    return [name, { location: pulumi.interpolate`docker-image://${ref}` }] as const;
  });
  return {
    ...Object.fromEntries(images),
    ...(config === undefined ? {} : { config: { location: config } }),
  };
}

type Named = Record<string, { location: pulumi.Input<string> }>;
