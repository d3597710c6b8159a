import { join } from "node:path";
import { apiUrl, paths, type Context } from "../cluster/context";
import { nodes } from "../cluster/network";
import { script } from "../cluster/script";
import type { ConfigFile, RenderedUnit } from "../cluster/unit";
import { apiserverUnit } from "../cluster/units/kube-apiserver";
import { objectsUnit } from "../cluster/units/objects";
import type { Layout } from "../layout";
import { renderGateway } from "./gateway";
import { render } from "./haproxy";
import { buildModel } from "./model";
import type { Options } from "./options";

/** From Debian's package of that name. */
const haproxy = "/usr/sbin/haproxy";

/** The host's network namespace, as the sandbox's first process has bound it below /var/run/netns. */
const hostNamespace = "host";

/** File that says on which port of the host's loopback each node port is found. */
export const nodePortsPath = (layout: Layout): string => join(layout.state, "nodeports.json");

/** The sandbox's way to the host's loopback, and its Ingress with the controller that feeds it. */
export function ingressUnits(context: Context): RenderedUnit[] {
  return [gateway(context), ingress(context), ingressController(context)];
}

function gateway({ layout, ports }: Context): RenderedUnit {
  const { etc, run } = paths(layout);
  const config = etc("gateway.cfg");
  const socket = run("gateway.sock");
  const passages = [
    { name: "apiserver", port: ports.apiserver },
    { name: "registry", port: ports.registry },
  ];
  return {
    name: "gateway",
    after: [],
    command: [haproxy, "-db", "-f", config],
    files: [{ path: config, text: renderGateway(passages, hostNamespace, socket) }],
    ready: { kind: "unix", path: socket },
  };
}

/** Starts without a single route: those of an earlier run lead to pods that are gone. */
function ingress({ layout, ports }: Context): RenderedUnit {
  const { etc, run } = paths(layout);
  const nothing = buildModel(
    { ingresses: [], ingressClasses: [], services: [], endpointSlices: [] },
    [],
  );
  const { files } = render(nothing, [], { port: ports.ingress, namespace: hostNamespace });
  const socket = run("ingress.sock");
  return {
    name: "ingress",
    after: [],
    command: [haproxy, "-W", "-S", `${socket},mode,600`, "-f", etc("ingress/haproxy.cfg")],
    files: [
      ...Object.entries(files).map(([name, text]) => ({ path: etc(`ingress/${name}`), text })),
      { path: nodePortsPath(layout), text: "[]\n" },
    ],
    ready: { kind: "unix", path: socket },
  };
}

function ingressController({ layout, ports }: Context): RenderedUnit {
  const { etc, pki, run } = paths(layout);
  const options: Options = {
    access: {
      url: apiUrl(ports),
      ca: pki("ca.crt"),
      cert: pki("ingress.crt"),
      key: pki("ingress.key"),
    },
    config: etc("ingress"),
    master: run("ingress.sock"),
    nodePorts: nodePortsPath(layout),
    port: ports.ingress,
    namespace: hostNamespace,
    simulatedNodes: [nodes.simulated],
  };
  const file: ConfigFile = {
    path: etc("ingress-controller.json"),
    text: JSON.stringify(options, undefined, 2),
  };
  return {
    name: "ingress-controller",
    after: [apiserverUnit, objectsUnit, "ingress"],
    command: [...script(join(__dirname, "main.ts")), file.path],
    files: [file],
  };
}
