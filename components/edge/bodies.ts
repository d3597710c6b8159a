import { changeFunctions, dropIn, proxyFolder } from "../shared/edge/files";
import { portFile, portPhase } from "../shared/edge/port";
import type { Machine } from "../shared/machine/machine";
import { marksFolder } from "../shared/machine/script";
import { vrrpConfig } from "../shared/machine/vrrp";
import { script } from "../shared/shell";
import { unfollowBody } from "./followed";
import { bindsOf, projectsMap, proxyConfig } from "./proxy";
import { followed, pemFile, activeHosts, type EdgeSpec } from "./spec";

/** Programs of an edge, by the package that has each. */
export const programsOf = (spec: EdgeSpec): Readonly<Record<string, string>> => ({
  haproxy: "haproxy",
  keepalived: "keepalived",
  ...(followed(spec).length === 0 ? {} : { curl: "curl", openssl: "openssl" }),
});

const keepalivedFile = "/etc/keepalived/keepalived.conf";

/** HAProxy on an edge. Standard input has the certificates with their keys. */
export function proxyBody(spec: EdgeSpec): string {
  const own = followed(spec).map(({ host }) => ({ host, file: pemFile(host) }));
  return [
    changeFunctions(bindsOf(spec)),
    script("components/edge/proxy.sh", {
      CONFIG: proxyConfig(spec),
      PROJECTS: projectsMap(spec),
      MARKS: marksFolder,
      PORTS: spec.nodePorts.map(portFile).join(" "),
      FOLLOWED: own.map(({ file }) => file).join(" "),
      HOSTS: own.map(({ host, file }) => `${file} ${host}`).join("\n"),
    }),
    ...(own.length === 0 ? [unfollowBody()] : []),
  ].join("\n");
}

/** Ports that a machine has open for projects, and that no project uses any more. */
export const closedPorts = (
  { nodePorts }: Pick<EdgeSpec, "nodePorts">,
  marks: Readonly<Record<string, string>>,
): string[] =>
  Object.keys(marks)
    .filter((mark) => mark.startsWith(portPhase("")))
    .map((mark) => mark.slice(portPhase("").length))
    .filter((port) => !nodePorts.includes(Number(port)));

/** keepalived on an edge. */
export function addressBody(spec: EdgeSpec, host: Machine, device: string): string {
  const config = vrrpConfig({
    name: "edge",
    address: spec.address,
    purpose: `edge ${spec.address}`,
    service: "haproxy",
    machines: activeHosts(spec),
    host,
    device,
  });
  return script("components/edge/address.sh", { FILE: keepalivedFile, CONFIG: config });
}

/** Removes a machine from the edges; one that was never an edge stays unchanged. */
export const leaveBody = (): string =>
  [
    `[ -L ${proxyFolder} ] || exit 0`,
    unfollowBody(),
    script("components/edge/leave.sh", {
      FILES: `${proxyFolder} ${proxyFolder}-* ${dropIn} ${keepalivedFile} ${marksFolder}/edge-*`,
    }),
  ].join("\n");
