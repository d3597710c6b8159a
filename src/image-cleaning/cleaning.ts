import type { Machine } from "../../components/shared/machine/machine";
import { quote } from "../../components/shared/shell";
import { UserError } from "../../components/shared/problem";
import { run, SshFailure } from "../../components/shared/ssh";
import { readProject, readStack } from "../rollout/project";
import { projectNames } from "../projects/files";
import { refused } from "../stack/refusal";
import { readSecrets } from "../engine/secrets";
import type { Session } from "../engine/session";
import { specOf } from "../../components/cluster/hosts";
import { choresOf, verdictsOn, type Ours, type ImageVerdict } from "./decide";
import { digestsInUse } from "./history";
import { choresCommand, isIdle, listCommand, parseImages } from "./on-machine";
import { activeHosts } from "../../components/shared/cluster-spec";

/** The projects' images on one machine; or why they are unknown. */
export interface MachineVerdicts {
  machine: string;
  verdicts: readonly ImageVerdict[];
  problem?: string;
}

/** Seconds. */
const timeout = { connectSeconds: 10, timeoutSeconds: 300 };

/** The machines of a stack's own cluster, and which of the projects' images any stack's history needs. */
export class ImageCleaning {
  private constructor(
    private readonly machines: readonly Machine[],
    private readonly keys: Readonly<Record<string, string>>,
    private readonly ours: Ours,
    private readonly history: ReadonlyMap<string, readonly string[]>,
  ) {}

  /** Refused for a cluster whose machines are not ours, and if a stack's history cannot be read. */
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
            "a cluster of kind hosts with a registry; other clusters' disks are cleaned by their operators",
        },
      ]);
    }
    const repositories = new Set(
      projectNames(checkout).map((name) => readProject(checkout, file, name).repository),
    );
    return new ImageCleaning(
      activeHosts(specOf(cluster)),
      await readSecrets(engine),
      { registry: registry.host, repositories },
      await digestsInUse(session),
    );
  }

  /** Lists every machine's images; an unreachable machine is reported and skipped. */
  async look(): Promise<MachineVerdicts[]> {
    return await Promise.all(
      this.machines.map(async (machine) => {
        try {
          const printed = await this.on(machine, listCommand);
          const verdicts = verdictsOn(parseImages(printed), this.ours, this.history);
          return { machine: machine.name, verdicts };
        } catch (error) {
          if (!(error instanceof SshFailure)) throw error;
          return { machine: machine.name, verdicts: [], problem: error.message };
        }
      }),
    );
  }

  /** Removes the unneeded images, and pins those to keep against kubelet's clean-up. */
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
    const lines = failures.flat();
    if (lines.length > 0)
      throw new UserError(["some machines were not cleaned:", ...lines].join("\n"));
  }

  private async on({ address, ssh, hostKey }: Machine, script: string): Promise<string> {
    const { user, port, key } = ssh;
    const login = { host: address, port, user, hostKey, privateKey: this.keys[key] ?? "" };
    const { stdout } = await run({ ...login, ...timeout }, `sudo -n sh -c ${quote(script)}`);
    return stdout;
  }
}
