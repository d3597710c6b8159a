import { execa } from "execa";
import { readFile } from "node:fs/promises";
import { bufferLayer, ociImage, type OciImage } from "./oci";
import { tar, type TarEntry } from "./tar";

/** Holds the namespaces of each pod. */
export const pauseImage = (program: string): Promise<OciImage> => programImage("pause", program);

/** Traefik's own binary, as in its official image, which also runs as any user. */
export const traefikImage = (program: string): Promise<OciImage> =>
  programImage("traefik", program);

/** A single statically linked program, for any user. */
async function programImage(name: string, program: string): Promise<OciImage> {
  const content = await readFile(program);
  const layer = tar([{ kind: "file", path: name, mode: 0o755, content }]);
  return ociImage({
    layers: [bufferLayer(layer)],
    config: { User: "65535:65535", Entrypoint: [`/${name}`] },
  });
}

/** Debian's static busybox with a link for each of its commands: a shell for helper pods and for tests. */
export async function busyboxImage(program = "/bin/busybox"): Promise<OciImage> {
  const { stdout } = await execa(program, ["--list"]);
  const commands = stdout.split("\n").filter((name) => name !== "busybox");
  return ociImage({
    layers: [bufferLayer(tar(busyboxFiles(await readFile(program), commands)))],
    config: { Env: ["PATH=/bin"], Cmd: ["sh"] },
  });
}

/** The files of the busybox image. */
export function busyboxFiles(program: Buffer, commands: readonly string[]): TarEntry[] {
  const accounts = ["root:x:0:0:root:/:/bin/sh", "nobody:x:65534:65534:nobody:/:/bin/false", ""];
  return [
    { kind: "directory", path: "bin" },
    { kind: "file", path: "bin/busybox", mode: 0o755, content: program },
    ...commands.map((name): TarEntry => ({
      kind: "symlink",
      path: `bin/${name}`,
      target: "busybox",
    })),
    { kind: "directory", path: "etc" },
    { kind: "file", path: "etc/passwd", content: Buffer.from(accounts.join("\n")) },
    { kind: "directory", path: "tmp", mode: 0o1777 },
  ];
}
