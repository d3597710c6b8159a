import { busyboxImage, pauseImage } from "../images/base";
import type { OciImage } from "../images/oci";
import { imageByDigest } from "../images/push";
import type { Layout } from "../layout";
import type { Toolchain } from "../toolchain/build";
import type { UnitContext, Mode } from "./context";
import { mayLowerOomScore, snapshotterFor } from "./isolation/isolation";
import type { Ports } from "./ports";

/** Images that every pod, or one of the sandbox's helpers, needs; none if no pod is real. */
export type BaseImages = Partial<Record<keyof UnitContext["images"], OciImage>>;

/** Builds the base images in memory: they are small. */
export async function baseImages(mode: Mode, { binary }: Toolchain): Promise<BaseImages> {
  if (mode === "plain") return {};
  return { pause: await pauseImage(binary("pause")), busybox: await busyboxImage() };
}

/** Repository of a base image in the sandbox registry. */
export const repositoryOf = (ports: Ports, name: string): string =>
  `127.0.0.1:${ports.registry}/slipway/${name}`;

/** Input for rendering the units. */
export function makeContext(facts: {
  layout: Layout;
  mode: Mode;
  ports: Ports;
  tools: Toolchain;
  images: BaseImages;
}): UnitContext {
  const { layout, mode, ports, tools, images } = facts;
  const reference = (name: keyof UnitContext["images"]) => {
    const image = images[name];
    return image === undefined ? "" : imageByDigest(image, repositoryOf(ports, name));
  };
  return {
    layout,
    mode,
    ports,
    binary: tools.binary,
    images: { pause: reference("pause"), busybox: reference("busybox") },
    ...(mode === "isolated"
      ? { mayLowerOomScore: mayLowerOomScore(), snapshotter: snapshotterFor(layout.state) }
      : { mayLowerOomScore: false, snapshotter: "native" }),
  };
}
