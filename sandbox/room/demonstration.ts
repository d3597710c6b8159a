import { get } from "node:http";
import { eventually } from "../eventually";
import type { Progress } from "../progress";
import { changes, type Moment } from "../program-copy";
import type { ApiWriter } from "./api-writer";
import { example } from "./images";
import { startLoad, type Load } from "./load";
import { MachineRoom, type Roles } from "./machine-room";

/** Measurements of a demonstration of the machine room. */
export interface Figures {
  /** Resources that the second `pulumi up` changed. */
  secondUpChanges: number;
  /** Commands that it ran on the machines, from their journals. */
  secondUpCommands: number;
  /** Longest time without an acknowledged write while the control plane that holds the address is killed. */
  apiGapSeconds: number;
  /** Acknowledged writes that are missing afterwards. */
  lostWrites: number;
  /** Longest time without a good answer of the project while the edge that holds the address is killed. */
  edgeGapSeconds: number;
  /** Seconds of each phase, from the first machine's begin to the last one's end; `projects` is everything in the cluster. */
  phases: Record<string, number>;
}

const roles: Roles = {
  t01: "control-plane",
  t02: "control-plane",
  t03: "control-plane",
  w01: "worker",
};
const planes = ["t01", "t02", "t03"];

/** Result of the death of a control plane. */
export interface PlaneDeath {
  /** In one line. */
  summary: string;
  /** Of the clients that read the project meanwhile. */
  failedRequests: number;
  /** Writes that were refused or cut off after the dead machine was started again. */
  brokenByReturn: number;
}

/** Limits of the load while a machine is killed. */
const load = { keepAlive: 2, newConnections: 2, pause: 20, maxSeconds: 300 };
/**
 * Milliseconds after which a client gives up an answer: few if the machine in its path dies, because that limits the precision of
 * the gap.
 */
const timeout = { direct: 10_000, onItsWay: 1_000 };

/**
 * Six machines, from nothing to a project that answers on one address, and what its users notice when a machine dies. Each method
 * continues where the previous one ended.
 */
export class Demonstration {
  private readonly figures: Figures = {
    secondUpChanges: NaN,
    secondUpCommands: NaN,
    apiGapSeconds: NaN,
    lostWrites: NaN,
    edgeGapSeconds: NaN,
    phases: {},
  };

  private constructor(readonly room: MachineRoom) {}

  /** Six machines, reached by SSH, without Kubernetes; the registry has the images they will run. */
  static async start(progress: Progress): Promise<Demonstration> {
    const options = { edges: ["e01", "e02"], serves: true, progress };
    return new Demonstration(await MachineRoom.start("machine-room", roles, options));
  }

  /** The measurements so far. */
  get measured(): Figures {
    return this.figures;
  }

  /** The project's address: that of the edges, with its own host name. */
  get project(): { url: string; host: string } {
    return { url: `http://${this.room.entrance}/`, host: this.room.hostOf(example.name) };
  }

  /** The first `pulumi up`, and the project's first answer through the edges. */
  async fromNothing(progress: Progress): Promise<string> {
    const watch = new PhaseWatch(progress);
    await this.room.program.upTelling((moment) => {
      watch.take(moment);
    });
    this.figures.phases = watch.seconds();
    await eventually(async () => {
      const answer = await this.answer();
      if (!answer.includes(example.name)) throw new Error(`${this.project.url}: ${answer}`);
    });
    return `${example.name} answers at ${this.project.url}`;
  }

  /** The second one. */
  async again(): Promise<string> {
    const before = await this.commands();
    const steps = changes(await this.room.program.up());
    const [changed, commands] = [steps.length, (await this.commands()) - before];
    Object.assign(this.figures, { secondUpChanges: changed, secondUpCommands: commands });
    return `${changed} changes, ${commands} commands`;
  }

  /** The control plane that holds the API's address is killed while one client writes and others read the project. */
  async withoutControlPlane(progress: Progress): Promise<PlaneDeath> {
    const { room } = this;
    await room.ready(...planes);
    const holder = await room.holder();
    const writer = await room.writer("machine-room");
    const readers = this.load(timeout.direct);
    writer.start();
    await acknowledged(writer, 50);
    progress(`${holder} is killed`);
    await room.lab.kill(holder);
    await acknowledged(writer, 100);
    progress(`${holder} comes back`);
    const before = writer.broken;
    await room.lab.boot(holder);
    await room.ready(...planes);
    await acknowledged(writer, 50);
    await writer.stop();
    const { failures, requests } = await readers.stop();
    const lost = (await writer.lost()).length;
    Object.assign(this.figures, { apiGapSeconds: round(writer.longestGap), lostWrites: lost });
    const gap = `${round(writer.longestGap)} s without a write, ${lost} lost`;
    return {
      summary: `${holder} killed: ${gap}; the project: ${failures} of ${requests} requests failed`,
      failedRequests: failures,
      brokenByReturn: writer.broken - before,
    };
  }

  /** The edge that holds the project's address is killed while clients read the project. */
  async withoutEdge(progress: Progress): Promise<string> {
    const { room } = this;
    const holder = await room.holder(room.entrance);
    const readers = this.load(timeout.onItsWay);
    await readers.answered(200);
    progress(`${holder} is killed`);
    await room.lab.kill(holder);
    await readers.answered(400);
    progress(`${holder} comes back`);
    await room.lab.boot(holder);
    await readers.answered(200);
    const { failures, requests, longestGap } = await readers.stop();
    this.figures.edgeGapSeconds = round(longestGap / 1000);
    return `${holder} killed: ${round(longestGap / 1000)} s without an answer; ${failures} of ${requests} requests failed`;
  }

  async stop(): Promise<void> {
    await this.room.stop();
  }

  private load(timeout: number): Load {
    const { url, host } = this.project;
    return startLoad({ url, headers: { host }, timeout, ...load });
  }

  private async commands(): Promise<number> {
    const lines = await this.room.journal();
    return lines.filter((line) => line.endsWith(" begins")).length;
  }

  private answer(): Promise<string> {
    const { url, host } = this.project;
    return new Promise((resolve, reject) => {
      get(url, { headers: { host }, timeout: 2_000, agent: false }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (more: string) => (text += more));
        response.on("end", () => {
          resolve(text);
        });
        response.on("error", reject);
      }).on("error", reject);
    });
  }
}

/** Reports what an update is doing, and records the duration of each phase. */
class PhaseWatch {
  private readonly times = new Map<string, { begun: number; done: number }>();

  constructor(private readonly progress: Progress) {}

  take({ type, urn, done }: Moment): void {
    const phase = phaseOf(type, urn);
    if (phase === undefined) return;
    const now = performance.now();
    const { begun } = this.times.get(phase) ?? { begun: now };
    this.times.set(phase, { begun, done: now });
    if (!done) this.progress(urn.slice(urn.lastIndexOf("::") + 2));
  }

  seconds(): Record<string, number> {
    const spans = [...this.times].map(([phase, { begun, done }]) => [
      phase,
      round((done - begun) / 1000),
    ]);
    return Object.fromEntries(spans) as Record<string, number>;
  }
}

/** Phase of a resource: `init` of `room-t01-init`. Everything in the cluster counts as one. */
function phaseOf(type: string, urn: string): string | undefined {
  if (type.startsWith("kubernetes:")) return "projects";
  if (type !== "command:remote:Command") return undefined;
  return urn.slice(urn.lastIndexOf("-") + 1);
}

async function acknowledged(writer: ApiWriter, more: number): Promise<void> {
  const goal = writer.acknowledged.length + more;
  await eventually(() => {
    if (writer.acknowledged.length < goal)
      throw new Error("the client's writes are not acknowledged");
    return Promise.resolve();
  });
}

const round = (seconds: number): number => Math.round(seconds * 100) / 100;
