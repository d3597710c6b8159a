import { mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { identify, isAlive, type ProcessId } from "../../components/shared/system/process";
import type { Holder } from "./error";

/**
 * Updates started from this checkout. The backends' locks never expire and name a process by host and number, which may belong to
 * another machine with the same name. Only a lock that we are known to have taken, and whose process is gone, is cleared without
 * asking.
 */
export class OwnRuns {
  private readonly folder: string;

  constructor(
    checkout: string,
    private readonly stack: string,
  ) {
    this.folder = join(checkout, ".slipway", "runs");
  }

  /** Notes that a process updates the stack; call the returned function to remove the note. */
  began(pid: number | undefined): () => void {
    const id = pid === undefined ? undefined : identify(pid);
    if (id === undefined) return () => undefined;
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(this.note(id.pid), JSON.stringify({ ...id, seenFrom: seenFrom() }));
    return () => {
      rmSync(this.note(id.pid), { force: true });
    };
  }

  /** Whether a lock belongs to a killed run of ours. Returns true only once, so that only one of two callers clears it. */
  claimDead({ host, pid }: Holder): boolean {
    if (host !== hostname()) return false;
    try {
      const note = JSON.parse(readFileSync(this.note(pid), "utf8")) as ProcessId & {
        seenFrom: string;
      };
      // Process numbers mean something only in their own namespace and boot.
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

/** The boot and PID namespace of this process; empty if the system has none. */
function seenFrom(): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return "";
  }
}
