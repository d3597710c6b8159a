// A process that has the program ready before the engine asks for it: src/engine/program-host.ts starts it.
import { createRequire } from "node:module";
import { registerTypeScript } from "./typescript.mjs";

registerTypeScript();
createRequire(import.meta.url)("../src/engine/program-service.ts");
