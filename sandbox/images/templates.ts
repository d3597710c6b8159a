import type { Progress } from "../progress";
import { busyboxImage, traefikImage } from "./base";
import { fileLayer, ociImage, type RunConfig } from "./oci";
import { push } from "./push";
import { debianLayer, nodeLayer } from "./rootfs";

/** Base images that stand in for the public ones, by digest in the sandbox registry. */
export interface Templates {
  nginx: string;
  node: string;
  /** A statically linked shell, for a release's checks and waits in the cluster. */
  busybox: string;
  /** The ingress controller: the official binary. */
  traefik: string;
}

const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Pushes the template images to the registry (`127.0.0.1:PORT`), except what it already has.
 * @param traefik path of the program
 */
export async function pushTemplates(
  cache: string,
  registry: string,
  traefik: string,
  progress: Progress,
): Promise<Templates> {
  const nginx = await debianLayer(cache, "nginx", progress);
  const node = await nodeLayer(cache, progress);
  progress(`pushing template/nginx, node, busybox and traefik to ${registry}`);
  return {
    nginx: await pushLayer(nginx, `${registry}/template/nginx:sandbox`, {
      Env: [path],
      Cmd: ["/usr/sbin/nginx", "-g", "daemon off;"],
    }),
    node: await pushLayer(node, `${registry}/template/node:sandbox`, {
      Env: [path],
      Cmd: ["/usr/bin/node"],
    }),
    busybox: await push(await busyboxImage(), `${registry}/template/busybox:sandbox`),
    traefik: await push(await traefikImage(traefik), `${registry}/template/traefik:sandbox`),
  };
}

async function pushLayer(tar: string, name: string, config: RunConfig): Promise<string> {
  return push(ociImage({ layers: [await fileLayer(tar)], config }), name);
}
