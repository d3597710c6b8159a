import { request, type IncomingMessage, type RequestOptions } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Blob, OciImage } from "./oci";

/**
 * Pushes an image by the OCI distribution protocol (v2, plain HTTP); what the registry already has is not sent again.
 * @param name `<registry host>:<port>/<repository>:<tag>`
 * @returns the image's name by digest, `<registry host>:<port>/<repository>@sha256:…`
 */
export async function push(image: OciImage, name: string): Promise<string> {
  const { registry, repository, tag } = parse(name);
  const base = `http://${registry}/v2/${repository}`;
  if (!(await has(`${base}/manifests/${tag}`, image.manifest))) {
    for (const blob of [...image.layers, image.config]) await pushBlob(base, blob);
    await send(`${base}/manifests/${tag}`, "PUT", image.manifest);
  }
  return imageByDigest(image, `${registry}/${repository}`);
}

/** An image's name by digest in a repository. */
export function imageByDigest(image: OciImage, repository: string): string {
  return `${repository}@${image.manifest.digest}`;
}

async function pushBlob(base: string, blob: Blob): Promise<void> {
  if (await has(`${base}/blobs/${blob.digest}`, blob)) return;
  const upload = await send(`${base}/blobs/uploads/`, "POST");
  const target = new URL(upload.headers.location ?? "", base);
  target.searchParams.set("digest", blob.digest);
  await send(target.href, "PUT", { ...blob, mediaType: "application/octet-stream" });
}

async function has(url: string, { mediaType, digest }: Blob): Promise<boolean> {
  const response = await ask(url, { method: "HEAD", headers: { accept: mediaType } });
  return response.statusCode === 200 && response.headers["docker-content-digest"] === digest;
}

async function send(url: string, method: string, body?: Blob): Promise<IncomingMessage> {
  const headers = body && { "content-type": body.mediaType, "content-length": body.size };
  const response = await ask(url, { method, headers }, body);
  const status = response.statusCode ?? 0;
  if (status < 200 || status > 299) {
    throw new Error(`${method} ${url}: the registry answers ${status}`);
  }
  return response;
}

function ask(url: string, options: RequestOptions, body?: Blob): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { ...options, agent: false }, (response) => {
      response.resume();
      resolve(response);
    });
    outgoing.on("error", reject);
    if (body === undefined) outgoing.end();
    else pipeline(body.read(), outgoing).catch(reject);
  });
}

function parse(name: string): { registry: string; repository: string; tag: string } {
  const match = /^([^/]+)\/(.+):([^:/]+)$/.exec(name);
  const [, registry, repository, tag] = match ?? [];
  if (registry === undefined || repository === undefined || tag === undefined) {
    throw new Error(`not an image name with registry and tag: ${name}`);
  }
  return { registry, repository, tag };
}
