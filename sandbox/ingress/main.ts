import { readFileSync } from "node:fs";
import { Controller } from "./controller";
import { HostPorts } from "./hostports";
import { KubeClient } from "./kube";
import { Options } from "./options";
import { Proxy } from "./proxy";
import { ApiServerReporter } from "./reporter";
import { ApiServerSource } from "./watch";

/** The controller as a process of its own, in the sandbox's namespaces: `main.ts <options file>`. */
function main(path: string): void {
  const options = Options.parse(JSON.parse(readFileSync(path, "utf8")));
  const { access, config, master, nodePorts, port, namespace, simulatedNodes } = options;
  const log = (line: string) => {
    process.stdout.write(`${new Date().toISOString()} ${line}\n`);
  };
  const controller = new Controller({
    source: new ApiServerSource(new KubeClient(access), log),
    proxy: new Proxy({ config, master, inside: [] }),
    hostPorts: new HostPorts(nodePorts, [], namespace),
    reporter: new ApiServerReporter(new KubeClient(access), log),
    listeners: { port, namespace },
    ...{ simulatedNodes, log },
  });
  controller.start();
  const stop = () => {
    void controller.stop().then(() => process.exit(0));
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

main(process.argv[2] ?? "");
