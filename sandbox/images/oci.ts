import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";

/** Content that a registry stores under its digest. */
export interface Blob {
  mediaType: string;
  /** `sha256:` and 64 hex digits. */
  digest: string;
  size: number;
  /** Opens a new stream of the bytes at each call. */
  read: () => Readable;
}

/** An OCI image of one platform. Its digest is that of its manifest. */
export interface OciImage {
  manifest: Blob;
  config: Blob;
  layers: readonly Blob[];
}

/** What a container of the image runs, named as in the OCI image specification. */
export interface RunConfig {
  User?: string;
  Env?: readonly string[];
  Entrypoint?: readonly string[];
  Cmd?: readonly string[];
  WorkingDir?: string;
  ExposedPorts?: Readonly<Record<string, object>>;
}

const mediaTypes = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  // Not compressed: on the loopback that would only take time, and the bytes would depend on the compressor.
  layer: "application/vnd.oci.image.layer.v1.tar",
} as const;

const architectures: Partial<Record<NodeJS.Architecture, string>> = {
  x64: "amd64",
  arm64: "arm64",
};

/** Combines layers (uncompressed tars) and a run configuration; same input, same digest. */
export function ociImage(parts: { layers: readonly Blob[]; config: RunConfig }): OciImage {
  const config = jsonBlob(mediaTypes.config, {
    architecture: architectures[process.arch] ?? process.arch,
    os: "linux",
    config: parts.config,
    rootfs: { type: "layers", diff_ids: parts.layers.map(({ digest }) => digest) },
  });
  const manifest = jsonBlob(mediaTypes.manifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: descriptor(config),
    layers: parts.layers.map(descriptor),
  });
  return { manifest, config, layers: parts.layers };
}

/** A layer from a tar in memory. */
export const bufferLayer = (tar: Buffer): Blob => bufferBlob(mediaTypes.layer, tar);

/** A layer from a tar on disk, which is read twice: for its digest, and for the push. */
export async function fileLayer(path: string): Promise<Blob> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return {
    mediaType: mediaTypes.layer,
    digest: `sha256:${hash.digest("hex")}`,
    size: (await stat(path)).size,
    read: () => createReadStream(path),
  };
}

function jsonBlob(mediaType: string, value: unknown): Blob {
  return bufferBlob(mediaType, Buffer.from(JSON.stringify(value)));
}

function bufferBlob(mediaType: string, bytes: Buffer): Blob {
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  return { mediaType, digest, size: bytes.length, read: () => Readable.from([bytes]) };
}

const descriptor = ({ mediaType, digest, size }: Blob) => ({ mediaType, digest, size });
