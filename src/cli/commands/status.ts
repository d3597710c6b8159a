import { Command } from "commander";
import { clusterStatus, type ClusterStatus } from "../../../sandbox/cluster";
import { layout } from "../../../sandbox/layout";
import { projectRows, projectTable } from "../report";
import { table } from "../table";

/** `slipway status`: the sandbox's processes and the projects that run on it. */
export const status = (): Command =>
  new Command("status")
    .description("what runs in this checkout's sandbox")
    .option("-s, --stack <stack>", "stack whose projects to show", "test")
    .option("--json", "print it as JSON")
    .action(async ({ stack, json = false }: { stack: string; json?: boolean }) => {
      const here = layout();
      const cluster = clusterStatus(here);
      const projects = cluster.state === "ready" ? await projectRows(here, stack) : [];
      if (json) {
        console.log(JSON.stringify({ cluster, projects }, undefined, 2));
        return;
      }
      console.log(`sandbox: ${cluster.state}, state in ${here.state}`);
      if (cluster.units.length > 0) console.log(unitTable(cluster));
      if (projects.length > 0) console.log(projectTable(projects));
    });

const unitTable = ({ units }: ClusterStatus): string =>
  table(
    ["process", "state", "pid", "restarts", "log"],
    units.map(({ name, state, pid = "-", restarts, log }) => [
      name,
      state,
      `${pid}`,
      `${restarts}`,
      log,
    ]),
  );
