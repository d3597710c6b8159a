/** One entry of a layer. Owner, group and times are always zero, so that the same files give the same bytes. */
export type TarEntry =
  | { kind: "directory"; path: string; mode?: number }
  | { kind: "file"; path: string; mode?: number; content: Buffer }
  | { kind: "symlink"; path: string; target: string };

const block = 512;

/**
 * A tar archive in the POSIX ustar format.
 * @throws when a path is longer than the format's 100 bytes, which no image of ours needs.
 */
export function tar(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const content = entry.kind === "file" ? entry.content : Buffer.alloc(0);
    return [header(entry, content.length), content, padding(content.length)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

const typeFlags = { file: "0", symlink: "2", directory: "5" } as const;

/** Offsets and widths are those of POSIX.1-1988: name, mode, uid, gid, size, mtime, checksum, type, link, magic. */
function header(entry: TarEntry, size: number): Buffer {
  const buffer = Buffer.alloc(block);
  text(buffer, 0, entry.kind === "directory" ? `${entry.path}/` : entry.path);
  octal(buffer, 100, 8, modeOf(entry));
  octal(buffer, 108, 8, 0);
  octal(buffer, 116, 8, 0);
  octal(buffer, 124, 12, size);
  octal(buffer, 136, 12, 0);
  buffer.fill(" ", 148, 156);
  buffer.write(typeFlags[entry.kind], 156);
  if (entry.kind === "symlink") text(buffer, 157, entry.target);
  buffer.write("ustar\0" + "00", 257, "latin1");
  const checksum = buffer.reduce((sum, byte) => sum + byte, 0);
  buffer.write(`${checksum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return buffer;
}

function modeOf(entry: TarEntry): number {
  if (entry.kind === "symlink") return 0o777;
  return entry.mode ?? (entry.kind === "directory" ? 0o755 : 0o644);
}

function text(buffer: Buffer, offset: number, value: string): void {
  const width = 100;
  if (Buffer.byteLength(value) > width) throw new Error(`too long for a ustar header: ${value}`);
  buffer.write(value, offset, width, "utf8");
}

function octal(buffer: Buffer, offset: number, width: number, value: number): void {
  buffer.write(`${value.toString(8).padStart(width - 1, "0")}\0`, offset, width, "latin1");
}

const padding = (size: number): Buffer => Buffer.alloc((block - (size % block)) % block);
