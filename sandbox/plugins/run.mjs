// Starts a plugin straight from its TypeScript sources: `node run.mjs kubernetes/main <arguments of the plugin>`.
// Plain JavaScript on purpose. The engine starts a plugin in each run and waits for it, and loading the compiler costs a
// quarter of a second; so each source is compiled once and kept under the hash of its text.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const here = dirname(fileURLToPath(import.meta.url));
const cache = join(
  process.env.XDG_CACHE_HOME || join(homedir(), ".cache"),
  "slipway",
  "compiled",
  readFileSync(join(here, "../../node_modules/typescript/package.json"), "utf8").match(
    /"version": *"([^"]+)"/,
  )[1],
);

require("node:module")._extensions[".ts"] = (module, path) => {
  const source = readFileSync(path, "utf8");
  module._compile(compiled(source, path), path);
};

process.argv.splice(1, 2, join(here, process.argv[2]));
require(`${process.argv[1]}.ts`);

function compiled(source, path) {
  const file = join(cache, `${createHash("sha256").update(source).digest("hex")}.js`);
  try {
    return readFileSync(file, "utf8");
  } catch {
    const code = compile(source, path);
    mkdirSync(cache, { recursive: true });
    writeFileSync(`${file}.${process.pid}`, code);
    renameSync(`${file}.${process.pid}`, file);
    return code;
  }
}

function compile(source, path) {
  const ts = require("typescript");
  const { outputText } = ts.transpileModule(source, {
    fileName: path,
    compilerOptions: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.CommonJS,
      esModuleInterop: true,
      inlineSourceMap: true,
    },
  });
  return outputText;
}
