import { readFileSync } from "node:fs";
import { join } from "node:path";
import { imageRepository } from "../../components/shared/names";
import { ingressImage } from "../images/ingress";
import { bufferLayer, fileLayer, ociImage } from "../images/oci";
import { push } from "../images/push";
import { nodeLayer } from "../images/rootfs";
import { tar } from "../images/tar";
import { checkout } from "../layout";
import type { Progress } from "../progress";

/** The example project that a room serves, and where it answers. */
export const example = { name: "SJZY.Package.Api", port: 8086 } as const;

/** Images in a room's registry, by digest. */
export interface RoomImages {
  /** Digest of the example project's image. */
  project: string;
  /** Name by digest of what stands in for Traefik. */
  ingress: string;
}

/** Puts the images that a room runs beside Kubernetes' own into its registry. */
export async function pushRoomImages(
  cache: string,
  registry: string,
  progress: Progress,
): Promise<RoomImages> {
  progress("packing the ingress controller");
  const ingress = await push(
    await ingressImage(cache, progress),
    `${registry}/ingress-stand-in:sandbox`,
  );
  progress(`packing ${example.name}`);
  const repository = imageRepository("back", example.name);
  const project = await push(
    await exampleImage(cache, progress),
    `${registry}/${repository}:v1.0.0`,
  );
  return { project: project.slice(project.indexOf("@") + 1), ingress };
}

/** What `examples/config/back/Dockerfile.<project>` makes, without a builder. */
async function exampleImage(cache: string, progress: Progress) {
  const folder = join(checkout, "examples", example.name);
  const config = join(checkout, "examples", "config", "back", `appsettings.json.${example.name}`);
  const files = {
    "package.json": join(folder, "package.json"),
    "server.js": join(folder, "server.js"),
    "appsettings.json": config,
  };
  const layer = tar(
    Object.entries(files).map(([name, path]) => ({
      ...{ kind: "file" as const, path: `app/${name}`, mode: 0o644, content: readFileSync(path) },
    })),
  );
  return ociImage({
    layers: [await fileLayer(await nodeLayer(cache, progress)), bufferLayer(layer)],
    config: {
      User: "65532",
      WorkingDir: "/app",
      Entrypoint: ["/usr/bin/node", "server.js"],
    },
  });
}
