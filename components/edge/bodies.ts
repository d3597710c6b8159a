import { changeProxy, dropIn, proxyFolder } from "../shared/edge/files";
import { portFile, portPhase } from "../shared/edge/port";
import type { Machine } from "../shared/machine/machine";
import { marksFolder, putFile } from "../shared/machine/script";
import { vrrpConfig } from "../shared/machine/vrrp";
import { placeholderText, unfollowText } from "./followed";
import { bindsOf, projectsMap, proxyConfig } from "./proxy";
import { followed, pemFile, staying, type EdgeSpec } from "./spec";

/** Programs of an edge, by the package that has each. */
export const programsOf = (spec: EdgeSpec): Readonly<Record<string, string>> => ({
  ...{ haproxy: "haproxy", keepalived: "keepalived" },
  ...(followed(spec).length === 0 ? {} : { curl: "curl", openssl: "openssl" }),
});

const keepalivedFile = "/etc/keepalived/keepalived.conf";

/**
 * HAProxy on an edge. Standard input has the certificates with their keys. NodePorts have files of their own beside; those
 * that no project has any more go. Certificates that are followed stay as they are.
 */
export function proxyBody(spec: EdgeSpec): string {
  const kept = spec.nodePorts.map(portFile).join(" ");
  const own = followed(spec);
  const change = `for file in certificates/*; do
  case " ${own.map(({ host }) => pemFile(host)).join(" ")} " in *" $file "*) ;; *) rm -f "$file" ;; esac
done
(
  umask 077
  mkdir -p certificates
  awk '/^>>> / { file = $2; next } { print > file }'
${own.map(placeholderText).join("")})
${putFile("00-edge.cfg", proxyConfig(spec))}
${putFile("projects.map", projectsMap(spec))}
for file in ${portFile("*")}; do
  case " ${kept} " in
    *" $file "*) ;;
    *) rm -f "$file" "${marksFolder}/edge-\${file%.cfg}" ;;
  esac
done`;
  return `${changeProxy({ change, binds: bindsOf(spec) })}
systemctl enable -q haproxy${
    own.length === 0
      ? `
${unfollowText}`
      : ""
  }`;
}

/** Ports that a machine has opened for projects, and that no project has any more. */
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
    ...{ name: "edge", address: spec.address, purpose: `edge ${spec.address}` },
    ...{ service: "haproxy", machines: staying(spec), host, device },
  });
  return `${putFile(`${keepalivedFile}.next`, config)}
keepalived -t -f ${keepalivedFile}.next
put 0644 ${keepalivedFile} < ${keepalivedFile}.next
rm ${keepalivedFile}.next
systemctl enable -q keepalived
case $changed in
  *" ${keepalivedFile}"*) systemctl reload-or-restart keepalived ;;
  *) systemctl start keepalived ;;
esac`;
}

/** Takes a machine out; one that was never an edge is left alone. */
export const leaveBody = `[ -L ${proxyFolder} ] || exit 0
systemctl disable -q --now keepalived haproxy
${unfollowText}
rm -rf ${proxyFolder} ${proxyFolder}-* ${dropIn} ${keepalivedFile} ${marksFolder}/edge-*
systemctl daemon-reload`;
