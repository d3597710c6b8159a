import { mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { identify, isAlive, type ProcessId } from "../../components/shared/system/process";
import type { Holder } from "./explain";

/**
 * Updates that were started from this checkout. The backends' locks never expire and name a process by host and number, which may
 * be another machine's of the same name: only a lock of which we know that we took it, and that its process is gone, is cleared
 * without asking.
 */
export class OwnRuns {
  private readonly folder: string;

  constructor(
    checkout: string,
    private readonly stack: string,
  ) {
    this.folder = join(checkout, ".slipway", "runs");
  }

  /** Notes that a process updates the stack; what is returned forgets it. */
  began(pid: number | undefined): () => void {
    const id = pid === undefined ? undefined : identify(pid);
    if (id === undefined) return () => undefined;
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(this.note(id.pid), JSON.stringify({ ...id, seenFrom: seenFrom() }));
    return () => {
      rmSync(this.note(id.pid), { force: true });
    };
  }

  /** Whether a lock is of a run of ours that has been killed. It says so once: of two who ask, one may clear it. */
  claimDead({ host, pid }: Holder): boolean {
    if (host !== hostname()) return false;
    try {
      const note = JSON.parse(readFileSync(this.note(pid), "utf8")) as ProcessId & {
        seenFrom: string;
      };
      // Numbers mean something only where they were given.
      if (note.seenFrom !== seenFrom() || isAlive(note)) return false;
      const claimed = `${this.note(pid)}.${process.pid}`;
      renameSync(this.note(pid), claimed);
      rmSync(claimed);
      return true;
    } catch {
      return false;
    }
  }

  private note(pid: number): string {
    return join(this.folder, `${this.stack}.${pid}`);
  }
}

/** The boot and the namespace of process numbers that we are in; empty where there are none to ask. */
function seenFrom(): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return "";
  }
}
