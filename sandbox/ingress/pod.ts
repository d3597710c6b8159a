import { execa } from "execa";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { Controller } from "./controller";
import { render, type Listeners } from "./haproxy";
import { KubeClient } from "./kube";
import { buildModel } from "./model";
import { Proxy } from "./proxy";
import { ApiServerReporter } from "./reporter";
import { ApiServerSource } from "./watch";

/** Where kubelet puts what a pod's account is known by. */
const account = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * The stand-in as a pod of the product's own DaemonSet, in the place of Traefik: it takes of Traefik's command line which
 * ports to listen on, answers `/ping`, and keeps to the rights that Traefik is given. HAProxy is its child.
 */
async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const log = (line: string): void => {
    process.stdout.write(`${new Date().toISOString()} ${line}\n`);
  };
  const config = "/tmp/ingress";
  const master = "/tmp/master.sock";
  const listeners: Listeners = {
    ...{ address: "0.0.0.0", port: portOf(args, "web"), unprivileged: true },
  };
  const nothing = buildModel(
    { ingresses: [], ingressClasses: [], services: [], endpointSlices: [] },
    [],
  );
  mkdirSync(config, { recursive: true });
  for (const [name, text] of Object.entries(render(nothing, [], listeners).files))
    writeFileSync(join(config, name), text);
  const haproxy = execa("haproxy", ["-W", "-S", master, "-f", join(config, "haproxy.cfg")], {
    stdio: "inherit",
    reject: false,
  });
  const url = `https://${env["KUBERNETES_SERVICE_HOST"] ?? ""}:${env["KUBERNETES_SERVICE_PORT"] ?? ""}`;
  const access = { url, ca: join(account, "ca.crt"), token: join(account, "token") };
  const controller = new Controller({
    source: new ApiServerSource(new KubeClient(access), log),
    proxy: new Proxy({ config, master, inside: [] }),
    // kube-proxy serves the node ports.
    hostPorts: { choose: () => Promise.resolve([]), save: () => Promise.resolve() },
    reporter: new ApiServerReporter(new KubeClient(access), log, env["HOST_IP"]),
    ...{ listeners, simulatedNodes: [], log },
  });
  controller.start();
  createServer((request, response) => {
    response.writeHead(request.url === "/ping" ? 200 : 404).end();
  }).listen(portOf(args, "traefik"));
  const stop = (): void => {
    void controller.stop();
    // Requests under way are answered first.
    haproxy.kill("SIGUSR1");
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  const { exitCode } = await haproxy;
  process.exit(exitCode ?? 1);
}

/** Port of an entry point in Traefik's words: `--entrypoints.web.address=:8000`. */
function portOf(args: readonly string[], entry: string): number {
  const flag = `--entrypoints.${entry}.address=:`;
  const given = args.find((arg) => arg.startsWith(flag))?.slice(flag.length);
  if (given === undefined) throw new Error(`no ${flag}PORT is given`);
  return Number(given);
}

void main(process.argv.slice(2), process.env);
