import assert from "node:assert/strict";
import type { MachineRoom } from "../../sandbox/room/machine-room";

const tokens = ["--field-selector", "type=bootstrap.kubernetes.io/token"];

/** How an update ended: killed when these phases had begun, or by itself. */
type End = { killed: string[] } | { code: number; said: string };

/** Updates of a room that are killed, with all their processes, as soon as a phase begins at which none was killed before. */
export class KilledUpdates {
  /** Phases that have begun, with any result. */
  readonly begun = new Set<string>();

  constructor(private readonly room: MachineRoom) {}

  /** Runs updates until one completes; returns the phases at which the others were killed. */
  async untilWhole(): Promise<string[]> {
    const told: string[] = [];
    for (;;) {
      const end = await this.update();
      if ("code" in end) {
        assert.equal(end.code, 0, end.said);
        return told;
      }
      told.push(end.killed.join(" and "));
      await this.room.program.pulumi("cancel", "--yes", "--stack", "test");
      // As if more than two hours had passed: the ticket of the killed run has expired.
      if (end.killed.includes("join"))
        await this.room.kubectl("t01", "-n", "kube-system", "delete", "secrets", ...tokens);
    }
  }

  private async update(): Promise<End> {
    const flags = ["--stack", "test", "--yes", "--skip-preview", "--non-interactive"];
    const running = this.room.program.startPulumi("up", ...flags);
    const pid = running.pid ?? assert.fail("not started");
    const killed = new Set<string>();
    for await (const line of running.iterable({ from: "all" })) {
      // `command:remote:Command room-t01-runtime creating (0s)`; of the cluster as a whole: `room-spread`.
      const [, phase] = / command:remote:Command room(?:-t\d\d)?-(\S+) creating /.exec(line) ?? [];
      if (phase === undefined || this.begun.has(phase)) continue;
      this.begun.add(phase);
      if (killed.size === 0) {
        // By then it has begun on the machine too, and usually not ended.
        setTimeout(() => {
          if (running.exitCode === null) process.kill(-pid, "SIGKILL");
        }, 400);
      }
      killed.add(phase);
    }
    const { exitCode, all } = await running;
    return exitCode === undefined ? { killed: [...killed] } : { code: exitCode, said: all };
  }
}
