// Starts a plugin straight from its TypeScript sources: `node run.mjs kubernetes/main <arguments of the plugin>`.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { registerTypeScript } from "../../bin/typescript.mjs";

const here = dirname(fileURLToPath(import.meta.url));
registerTypeScript();
process.argv.splice(1, 2, join(here, process.argv[2]));
createRequire(import.meta.url)(`${process.argv[1]}.ts`);
