import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { UserError } from "../../components/shared/problem";
import type { Progress } from "../progress";
import { accessOf, ApiClient } from "./api";
import { paths, type UnitContext } from "./context";
import { nodes } from "./network";
import { currentRun } from "./run";

const NodeList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z.object({
        conditions: z
          .array(
            z.object({
              type: z.string(),
              status: z.string(),
              message: z.string().optional(),
              lastHeartbeatTime: z.string().optional(),
            }),
          )
          .optional(),
      }),
    }),
  ),
});

/** Tenths of a second that nodes may take to become ready. */
const timeout = 600;

/** Waits until pods can be created and nodes accept them, as seen by users: on the host, as the administrator. */
export async function nodesReady(context: UnitContext, progress: Progress): Promise<void> {
  const { layout, mode, ports } = context;
  const wanted = mode === "isolated" ? [nodes.real, nodes.simulated] : [nodes.simulated];
  // The status of a kubelet before it was stopped proves nothing. The API server's times are whole seconds.
  const since = Math.floor(Date.parse(currentRun(layout)?.since ?? "") / 1000) * 1000;
  const api = new ApiClient(accessOf(layout, ports, "admin"));
  try {
    let waiting: string[] = [];
    for (let attempt = 0; attempt < timeout; attempt += 1) {
      waiting = await notReady(api, wanted, since);
      if (waiting.length === 0) return;
      if (currentRun(layout) === undefined) break;
      progress(`waiting for nodes: ${waiting.join("; ")}`);
      await delay(100);
    }
    const logs = mode === "isolated" ? ["kubelet", "containerd", "kwok"] : ["kwok"];
    throw new UserError(
      [
        "nodes of the sandbox are not ready:",
        ...waiting.map((line) => `  ${line}`),
        ...logs.map((unit) => `log: ${paths(layout).log(unit)}`),
      ].join("\n"),
    );
  } finally {
    api.close();
  }
}

/** What is missing, each with its reason; also if the API server cannot be reached yet. */
async function notReady(
  api: ApiClient,
  wanted: readonly string[],
  since: number,
): Promise<string[]> {
  try {
    // A controller creates it a moment after its namespace; without it no pod can be created there.
    await api.get("/api/v1/namespaces/default/serviceaccounts/default");
    const { items } = NodeList.parse(await api.get("/api/v1/nodes"));
    return wanted.flatMap((name) => {
      const node = items.find(({ metadata }) => metadata.name === name);
      const ready = node?.status.conditions?.find(({ type }) => type === "Ready");
      if (ready?.status !== "True") return [`${name} ${ready?.message ?? "has not registered"}`];
      const stale = name === nodes.real && Date.parse(ready.lastHeartbeatTime ?? "") < since;
      return stale ? [`${name} has not reported since its start`] : [];
    });
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
