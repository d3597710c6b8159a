import { readFileSync } from "node:fs";
import { Specification, Supervisor } from "./supervisor";

/**
 * The supervisor process: `main.ts <specification file>`. SIGTERM or SIGINT stops all units and then itself. In an isolated
 * sandbox it is the child of the init process, so its death also ends every process inside.
 */
function main(path: string): void {
  const text = readFileSync(path, "utf8");
  const supervisor = new Supervisor(Specification.parse(JSON.parse(text)));
  supervisor.start();
  // The runners hold no timer while their processes merely run.
  const alive = setInterval(() => undefined, 2 ** 30);
  const stop = () => {
    void supervisor.stop().then(() => {
      clearInterval(alive);
    });
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

main(process.argv[2] ?? "");
