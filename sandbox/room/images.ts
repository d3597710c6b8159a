import { readFileSync } from "node:fs";
import { join } from "node:path";
import { imageRepository } from "../../components/shared/names";
import { traefikImage } from "../images/base";
import { bufferLayer, fileLayer, ociImage, type OciImage } from "../images/oci";
import { push } from "../images/push";
import { nodeLayer } from "../images/rootfs";
import { tar } from "../images/tar";
import type { Layout } from "../layout";
import { silent, type Progress } from "../progress";
import { buildTools } from "../toolchain/build";
import { checkout } from "../../components/shared/system/checkout";

/** The example project of a room, and its host name. */
export const example = { name: "SJZY.Package.Api", port: 8086 } as const;

/** Images in a room's registry, by digest. */
export interface RoomImages {
  /** Digest of the example project's image. */
  project: string;
  /** Name by digest of Traefik's. */
  traefik: string;
}

/** Pushes the images that a room runs besides Kubernetes' own to its registry. */
export async function pushRoomImages(
  here: Layout,
  registry: string,
  progress: Progress,
): Promise<RoomImages> {
  progress("packing Traefik");
  const { binary } = await buildTools(here, progress, ["traefik"]);
  const traefik = await push(
    await traefikImage(binary("traefik")),
    `${registry}/ingress/traefik:sandbox`,
  );
  progress(`packing ${example.name}`);
  return { project: await pushExample(here.cache, registry, "v1.0.0"), traefik };
}

/** Pushes the example project, under a tag that is the version it reports; returns its digest. */
export async function pushExample(
  cache: string,
  registry: string,
  tag: string,
  project: string = example.name,
): Promise<string> {
  const repository = imageRepository("back", project);
  const name = await push(await exampleImage(cache, tag), `${registry}/${repository}:${tag}`);
  return name.slice(name.indexOf("@") + 1);
}

/** The result of `examples/config/back/Dockerfile.<project>`, without a builder. */
async function exampleImage(cache: string, tag: string): Promise<OciImage> {
  const folder = join(checkout, "examples", example.name);
  const config = join(checkout, "examples", "config", "back", `appsettings.json.${example.name}`);
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as object;
  const files = {
    "package.json": Buffer.from(JSON.stringify({ ...manifest, version: tag.slice(1) })),
    "server.js": readFileSync(join(folder, "server.js")),
    "appsettings.json": readFileSync(config),
  };
  const layer = tar(
    Object.entries(files).map(([name, content]) => ({
      kind: "file",
      path: `app/${name}`,
      mode: 0o644,
      content,
    })),
  );
  return ociImage({
    layers: [await fileLayer(await nodeLayer(cache, silent)), bufferLayer(layer)],
    config: {
      User: "65532",
      WorkingDir: "/app",
      Entrypoint: ["/usr/bin/node", "server.js"],
    },
  });
}
