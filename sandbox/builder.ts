import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Layout } from "./layout";

/** Name of the buildx instance; `builder: {name}` of an Image resource refers to it. */
const name = "slipway";

/** `BUILDX_CONFIG` of the sandbox. */
export const buildxConfig = (layout: Layout): string => join(layout.state, "buildx");

/**
 * Declares the sandbox's buildkitd as a remote builder, in buildx's own file format for instances: the docker-build plugin then
 * needs neither dockerd nor a builder image.
 */
export async function writeBuilder(
  layout: Layout,
  socket: string,
): Promise<{ name: string; config: string }> {
  const config = buildxConfig(layout);
  const instances = join(config, "instances");
  await mkdir(instances, { recursive: true });
  const instance = {
    Name: name,
    Driver: "remote",
    Nodes: [{ Name: `${name}0`, Endpoint: `unix://${socket}`, Platforms: [], DriverOpts: {} }],
    Dynamic: false,
  };
  await writeFile(join(instances, name), JSON.stringify(instance));
  return { name, config };
}
