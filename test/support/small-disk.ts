import { execa, execaSync, type ResultPromise } from "execa";
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A disk of a few MiB, in memory. It is mounted for one process only: none is left, however the tests end. */
export class SmallDisk {
  private constructor(
    private readonly holder: ResultPromise<{ reject: false }>,
    private readonly point: string,
  ) {}

  static async start(megabytes: number): Promise<SmallDisk> {
    const point = mkdtempSync(join(tmpdir(), "slipway-disk-"));
    const holder = execa("unshare", [...mount(point, megabytes), "sh", "-c", "echo there; cat"], {
      reject: false,
    });
    await Promise.race([
      new Promise((resolve) => holder.stdout.once("data", resolve)),
      holder.then(({ stderr }) => {
        throw new Error(`no disk was mounted: ${stderr}`);
      }),
    ]);
    return new SmallDisk(holder, point);
  }

  /** Its path for all processes. */
  get folder(): string {
    return `/proc/${this.holder.pid ?? 0}/root${this.point}`;
  }

  /** Leaves only this many bytes free. */
  fill(left: number): void {
    const { bavail, bsize } = statfsSync(this.folder);
    writeFileSync(this.filler, Buffer.alloc(Math.max(0, bavail * bsize - left)));
  }

  /** Removes what `fill` has written. */
  makeRoom(): void {
    rmSync(this.filler);
  }

  private get filler(): string {
    return join(this.folder, "filler");
  }

  async stop(): Promise<void> {
    this.holder.stdin.end();
    await this.holder;
    rmdirSync(this.point);
  }
}

/** Why it is not possible here. */
export function noSmallDisk(): string | undefined {
  if (process.getuid?.() !== 0) return "a small disk is mounted by root";
  const { failed, stderr } = execaSync("unshare", [...mount("/mnt", 1), "true"], { reject: false });
  return failed ? `nothing can be mounted here: ${stderr}` : undefined;
}

/** Arguments of unshare that mount a disk for the following command only. */
const mount = (point: string, megabytes: number): string[] => [
  ...[
    "--mount",
    "sh",
    "-ec",
    'mount -t tmpfs -o "size=$1m,mode=755" slipway "$0"; shift; exec "$@"',
  ],
  ...[point, String(megabytes)],
];
