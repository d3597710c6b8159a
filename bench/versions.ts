import { imageRepository } from "../components/shared/names";
import { readContract } from "../components/cluster/sandbox";
import { busyboxImage } from "../sandbox/images/base";
import { bufferLayer, ociImage } from "../sandbox/images/oci";
import { push } from "../sandbox/images/push";
import { tar } from "../sandbox/images/tar";
import { port } from "./program";
import type { Layout } from "../sandbox/layout";
import { contractPath } from "../sandbox/contract";

/**
 * Pushes a version of a back end that starts at once and answers `/healthz` with its version: busybox's httpd. Returns the image
 * by digest, `<registry>/<repository>@sha256:…`.
 */
export async function pushVersion(
  layout: Layout,
  { project, version }: { project: string; version: string },
): Promise<string> {
  const { registry } = readContract(contractPath(layout));
  const content = Buffer.from(`${version}\n`);
  const page = tar([{ kind: "file", path: "www/healthz", mode: 0o644, content }]);
  const { layers } = await busyboxImage();
  const image = ociImage({
    layers: [...layers, bufferLayer(page)],
    config: { Entrypoint: ["/bin/httpd", "-f", "-p", `${port}`, "-h", "/www"] },
  });
  return await push(image, `${registry}/${imageRepository("back", project)}:${version}`);
}
