import { putFile } from "../machine/script";
import { script } from "../shell";
import { changeFunctions } from "./files";
import { tcpLogFormat } from "./log";

/** A project's port on the edges. */
export interface PortSpec {
  /** Name of the project in Gitea, for the access log. */
  project: string;
  /** Address of the edges. */
  address: string;
  /** Its NodePort, which is its port on the edges too. */
  port: number;
  /** Addresses of the nodes. */
  nodes: readonly string[];
  /** NodePorts with the percentage of the connections that each gets; those with 0 are backups. */
  shares: readonly { port: number; percent: number }[];
}

/** Name of the phase that opens a port; the mark of a machine that has it. */
export const portPhase = (port: number | string): string => `edge-port-${port}`;

/** File with the configuration of a port. */
export const portFile = (port: number | string): string => `port-${port}.cfg`;

/** Opens a project's port on an edge, or changes the shares of its connections. */
export const portBody = (spec: PortSpec): string =>
  [
    changeFunctions([`${spec.address}:${spec.port}`]),
    script("components/shared/edge/port.sh", { SERVERS: ledTo(spec).join(" ") }),
    `change() { ${putFile(portFile(spec.port), portConfig(spec))}; }`,
    "change_proxy",
  ].join("\n");

/** Addresses with NodePorts that get a share. */
const ledTo = ({ nodes, shares }: PortSpec): string[] =>
  shares
    .filter(({ percent }) => percent > 0)
    .flatMap(({ port }) => nodes.map((node) => `${node}:${port}`));

/** HAProxy's configuration of a project's port. A node whose NodePort refuses connections gets none. */
export function portConfig({ project, address, port, nodes, shares }: PortSpec): string {
  const servers = shares.flatMap(({ port: nodePort, percent }) =>
    nodes.map((node) => `  server ${node}:${nodePort} ${node}:${nodePort} weight ${percent}`),
  );
  return `# ${project}
frontend ${port} from tcp
  bind ${address}:${port} transparent
  log-format '${tcpLogFormat(project)}'
  default_backend ${port}

backend ${port} from tcp
  balance roundrobin
${servers.join("\n")}
`;
}
