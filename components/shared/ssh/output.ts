/**
 * A command's output in bounded memory: its beginning and its end, each up to half of the limit, and the number of bytes left out
 * between them.
 */
export class Output {
  private readonly head: Buffer[] = [];
  private headBytes = 0;
  /** Ring buffer of the last bytes after the head. */
  private ring: Buffer | undefined;
  private ringBytes = 0;

  constructor(
    /** Largest number of bytes to keep. */
    private readonly limit: number,
  ) {}

  /** Bytes that were left out. */
  get dropped(): number {
    return Math.max(0, this.ringBytes - (this.ring?.length ?? 0));
  }

  add(chunk: Buffer): void {
    const half = Math.ceil(this.limit / 2);
    const first = chunk.subarray(0, half - this.headBytes);
    if (first.length > 0) this.head.push(first);
    this.headBytes += first.length;
    if (first.length < chunk.length) this.addToRing(chunk.subarray(first.length));
  }

  /** All kept output as text, with a line that says how much was left out. */
  text(): string {
    const ring = this.ring ?? Buffer.alloc(0);
    const at = ring.length === 0 ? 0 : this.ringBytes % ring.length;
    if (this.dropped === 0) {
      return Buffer.concat([...this.head, ring.subarray(0, this.ringBytes)]).toString();
    }
    const start = wholeStart(Buffer.concat(this.head));
    const end = wholeEnd(Buffer.concat([ring.subarray(at), ring.subarray(0, at)]));
    return `${start}\n[${describeBytes(this.dropped)} left out here]\n${end}`;
  }

  private addToRing(chunk: Buffer): void {
    this.ring ??= Buffer.alloc(Math.floor(this.limit / 2));
    const { length } = this.ring;
    const last = chunk.subarray(-length);
    const at = (this.ringBytes + chunk.length - last.length) % Math.max(length, 1);
    const copied = last.copy(this.ring, at);
    last.copy(this.ring, 0, copied);
    this.ringBytes += chunk.length;
  }
}

/** The last lines of a text for an error, limited in lines and in characters. */
export function lastLines(text: string, lines = 10, characters = 2000): string {
  const end = text.trimEnd().split("\n").slice(-lines).join("\n");
  return end.length <= characters ? end : `…${end.slice(-characters)}`;
}

/** `200.0 MiB`, `12 bytes`. */
export function describeBytes(bytes: number): string {
  if (bytes < 2 ** 10) return `${bytes} bytes`;
  return bytes < 2 ** 20
    ? `${(bytes / 2 ** 10).toFixed(1)} KiB`
    : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** Decodes text whose first bytes are whole characters. */
const wholeStart = (bytes: Buffer): string => bytes.toString().replace(/\uFFFD$/, "");
/** Decodes text whose last bytes are whole characters. */
const wholeEnd = (bytes: Buffer): string => bytes.toString().replace(/^\uFFFD+/, "");
