import Table from "cli-table3";
import { Command } from "commander";
import { UserError } from "../../../components/shared/problem";
import { prepareEngine } from "../../../sandbox/engine";
import { labProblem } from "../../../sandbox/hosts/problem";
import { layout, type Layout } from "../../../sandbox/layout";
import { Demonstration, type Figures } from "../../../sandbox/room/demonstration";
import { buildTools } from "../../../sandbox/toolchain/build";
import { installMissing } from "../../../sandbox/toolchain/debian";
import { cleaningUp } from "../interrupt";
import { runSteps, type Step } from "../steps";

/** `slipway machine-room`: builds a cluster of six machines with a project that answers, then kills two of them. */
export const machineRoom = (): Command =>
  new Command("machine-room")
    .description(
      "show a machine room on this machine: six hosts become a cluster with edges, serve a project, and lose machines",
    )
    .option("--keep", "leave the hosts running, to look at them; `slipway down` ends them")
    .option(
      "--json",
      "print what was measured as JSON, on stdout; by npm: npm run --silent machine-room -- --json",
    )
    .action(async ({ keep, json }: { keep?: boolean; json?: boolean }) => {
      const problem = labProblem();
      if (problem !== undefined)
        throw new UserError(`no machine room can be shown here: ${problem}`, 2);
      let shown: Demonstration | undefined;
      const show = async (): Promise<void> => {
        await runSteps(steps(layout(), (started) => (shown = started)));
        if (shown === undefined) return;
        console.log(json ? JSON.stringify(shown.measured) : report(shown));
      };
      await cleaningUp(show, async () => {
        if (keep !== true) await shown?.stop();
      });
    });

/** The steps of the demonstration, one line each. */
function steps(here: Layout, started: (demonstration: Demonstration) => void): Step[] {
  let room: Demonstration | undefined;
  const inRoom =
    (run: (room: Demonstration, progress: Parameters<Step["run"]>[0]) => Promise<string>) =>
    (progress: Parameters<Step["run"]>[0]): Promise<string> => {
      if (room === undefined) throw new Error("there is no room");
      return run(room, progress);
    };
  return [
    { title: "Debian packages", run: (progress) => installMissing(progress) },
    {
      title: "Pulumi engine",
      run: async (progress) => {
        const { binary } = await buildTools(here, progress, [
          "pulumi",
          "docker-build",
          "pulumi-kubernetes",
          "kubernetes",
        ]);
        const parts = await prepareEngine(here, binary, progress);
        return parts.map(({ name, source }) => `${name} ${source}`).join(", ");
      },
    },
    {
      title: "six hosts, reached only by SSH",
      run: async (progress) => {
        room = await Demonstration.start(progress);
        started(room);
        return room.room.lab.hosts.map(({ name, address }) => `${name} ${address}`).join(", ");
      },
    },
    { title: "pulumi up", run: inRoom((each, progress) => each.fromNothing(progress)) },
    { title: "pulumi up, once more", run: inRoom((each) => each.again()) },
    {
      title: "a control plane dies",
      run: inRoom(async (each, tell) => (await each.withoutControlPlane(tell)).summary),
    },
    { title: "an edge dies", run: inRoom((each, tell) => each.withoutEdge(tell)) },
  ];
}

/** The measurements, for a person. */
function report({ measured, project, room }: Demonstration): string {
  const table = new Table({ head: ["what", "seen"], style: { head: [], border: [] } });
  table.push(...rows(measured));
  return `${table.toString()}
the project: curl -H 'Host: ${project.host}' ${project.url}
a host:      ssh -i ${room.lab.keyFile} -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=accept-new ops@${room.lab.hosts[1]?.address ?? ""}`;
}

const rows = (figures: Figures): [string, string][] => [
  ...Object.entries(figures.phases).map(([phase, seconds]): [string, string] => [
    `phase ${phase}`,
    `${seconds} s`,
  ]),
  ["second up", `${figures.secondUpChanges} changes, ${figures.secondUpCommands} commands`],
  [
    "control plane killed",
    `${figures.apiGapSeconds} s without a write, ${figures.lostWrites} lost`,
  ],
  ["edge killed", `${figures.edgeGapSeconds} s without an answer`],
];
