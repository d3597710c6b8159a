import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Layout } from "../layout";
import { paths, type UnitContext } from "./context";
import { bootScript } from "./isolation/isolation";
import type { Specification } from "./supervisor/supervisor";
import type { ConfigFile, RenderedUnit, Unit } from "./unit";
import { buildkitd } from "./units/buildkitd";
import { containerd } from "./units/containerd";
import { coredns } from "./units/coredns";
import { etcd } from "./units/etcd";
import { gateway } from "./units/gateway";
import { kubeApiserver } from "./units/kube-apiserver";
import { kubeControllerManager } from "./units/kube-controller-manager";
import { kubeProxy } from "./units/kube-proxy";
import { kubeScheduler } from "./units/kube-scheduler";
import { kubelet } from "./units/kubelet";
import { kwok } from "./units/kwok";
import { localPathProvisioner } from "./units/local-path-provisioner";
import { nodePorts } from "./units/nodeports";
import { objects } from "./units/objects";
import { registry } from "./units/registry";

/** PATH of the daemons' own helpers: runc, iptables, mount, ip. */
export const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Processes of every sandbox, and those that only a real node needs. */
const controlPlane = [
  etcd,
  registry,
  kubeApiserver,
  objects,
  kubeControllerManager,
  kubeScheduler,
  kwok,
];
const realNode = [
  ...[containerd, kubelet, kubeProxy, coredns, buildkitd, localPathProvisioner],
  ...[gateway, nodePorts],
];

/** The processes of a sandbox, with their configuration files. */
export function renderUnits(context: UnitContext): RenderedUnit[] {
  const plain = controlPlane.map((render) => render(context));
  if (context.mode === "plain") return plain;
  return [...plain, ...realNode.map((render) => render(context))];
}

export const specificationPath = (layout: Layout): string => paths(layout).etc("supervisor.json");
export const statusPath = (layout: Layout): string => paths(layout).run("status.json");

/**
 * Input of the supervisor.
 * @param certificates fingerprint of the certificates: the processes read them, but their configuration files do not show a
 * change.
 */
export function specify(
  layout: Layout,
  units: readonly RenderedUnit[],
  certificates: string,
): Specification {
  const { log, run } = paths(layout);
  const boot = readFileSync(bootScript, "utf8");
  const everything = JSON.stringify([units, certificates, boot]);
  const revision = createHash("sha256").update(everything).digest("hex");
  return {
    revision: revision.slice(0, 16),
    environment: { PATH: searchPath, HOME: run("home"), TMPDIR: run("tmp"), LANG: "C.UTF-8" },
    logFolder: dirname(log("")),
    statusFile: statusPath(layout),
    units: units.map(withoutFiles),
  };
}

/** Writes everything that the processes need at their start. */
export async function writeConfiguration(
  layout: Layout,
  units: readonly RenderedUnit[],
  specification: Specification,
): Promise<void> {
  const files = units.flatMap((unit) => unit.files ?? []);
  const text = JSON.stringify(specification, undefined, 1);
  for (const file of [...files, { path: specificationPath(layout), text }]) await write(file);
  const { HOME = "", TMPDIR = "" } = specification.environment;
  for (const folder of [HOME, TMPDIR]) await mkdir(folder, { recursive: true, mode: 0o700 });
}

function withoutFiles(unit: RenderedUnit): Unit {
  const { files, ...rest } = unit;
  return files === undefined ? unit : rest;
}

async function write({ path, text }: ConfigFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, text, { mode: 0o600 });
}
