import type { Machine } from "../../components/shared/machine/machine";
import { quote } from "../../components/shared/shell";
import { UserError } from "../../components/shared/problem";
import { run, SshFailure } from "../../components/shared/ssh";
import { staying } from "../../components/cluster/spec";
import { readProject, readStack } from "../release/project";
import { projectNames } from "../settings/project-files";
import { refused } from "../release/refusal";
import { readSecrets } from "../release/secrets";
import type { Session } from "../release/session";
import { specOf } from "../settings/room";
import { choresOf, judge, type Ours, type Verdict } from "./decide";
import { digestsInUse } from "./history";
import { choresCommand, isIdle, listCommand, parseImages } from "./on-machine";

/** The projects' images on one machine; or why nobody knows them. */
export interface MachineVerdicts {
  machine: string;
  verdicts: readonly Verdict[];
  problem?: string;
}

/** Seconds. */
const patience = { connectSeconds: 10, timeoutSeconds: 300 };

/** The machines of a stack's own cluster, and what of the projects' images on them is needed by any stack's history. */
export class ImageCleaning {
  private constructor(
    private readonly machines: readonly Machine[],
    private readonly keys: Readonly<Record<string, string>>,
    private readonly ours: Ours,
    private readonly history: ReadonlyMap<string, readonly string[]>,
  ) {}

  /** Refused for a cluster whose machines are not ours, and where a stack's history cannot be read. */
  static async open(session: Session): Promise<ImageCleaning> {
    const { checkout, stack, engine, file } = session;
    const { config } = readStack(file);
    const { cluster, registry } = config;
    if (cluster.kind !== "hosts" || registry === undefined) {
      throw refused("Nothing was looked at", [
        {
          file: `Pulumi.${stack}.yaml`,
          path: cluster.kind === "hosts" ? "slipway:registry" : "slipway:cluster.kind",
          ...(cluster.kind === "hosts" ? {} : { given: cluster.kind }),
          allowed:
            "a cluster of kind hosts with a registry: the disks of others are cleaned by whoever runs them",
        },
      ]);
    }
    const repositories = new Set(
      projectNames(checkout).map((name) => readProject(checkout, file, name).repository),
    );
    return new ImageCleaning(
      staying(specOf(cluster)),
      await readSecrets(engine),
      { registry: registry.host, repositories },
      await digestsInUse(session),
    );
  }

  /** Looks at every machine; one that cannot be asked is told of, and let be. */
  async look(): Promise<MachineVerdicts[]> {
    return await Promise.all(
      this.machines.map(async (machine) => {
        try {
          const printed = await this.on(machine, listCommand);
          const verdicts = judge(parseImages(printed), this.ours, this.history);
          return { machine: machine.name, verdicts };
        } catch (error) {
          if (!(error instanceof SshFailure)) throw error;
          return { machine: machine.name, verdicts: [], problem: error.message };
        }
      }),
    );
  }

  /** Removes what is unneeded of what was found, and keeps kubelet from removing what is kept. */
  async clean(found: readonly MachineVerdicts[]): Promise<void> {
    const failures = await Promise.all(
      found.map(async ({ machine: name, verdicts }) => {
        const machine = this.machines.find((each) => each.name === name);
        const chores = choresOf(verdicts);
        if (machine === undefined || isIdle(chores)) return [];
        try {
          await this.on(machine, choresCommand(chores));
          return [];
        } catch (error) {
          if (!(error instanceof SshFailure)) throw error;
          return [`  ${name}: ${error.message}`];
        }
      }),
    );
    const told = failures.flat();
    if (told.length > 0)
      throw new UserError(["some machines were not cleaned:", ...told].join("\n"));
  }

  private async on({ address, ssh, hostKey }: Machine, script: string): Promise<string> {
    const { user, port, key } = ssh;
    const login = { host: address, port, user, hostKey, privateKey: this.keys[key] ?? "" };
    const { stdout } = await run({ ...login, ...patience }, `sudo -n sh -c ${quote(script)}`);
    return stdout;
  }
}
