// Runs this checkout's TypeScript sources as they are. Plain JavaScript on purpose: it is what runs the rest.
// Loading the compiler costs a quarter of a second and compiling a hundred files two more, for each command and for each
// plugin that the engine starts and waits for; so each source is compiled once and kept under the hash of its text.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

const require = createRequire(import.meta.url);

/** From here on `require` takes a path that ends in `.ts`, and sources may require each other. */
export function registerTypeScript() {
  try {
    homedir();
  } catch {
    // A user of whom the machine knows nothing but a number has no home either, and libraries end as they are loaded; containers say this.
    process.env.HOME = "/";
  }
  // A stack trace then names the lines of the sources.
  process.setSourceMapsEnabled(true);
  const { version } = require("typescript/package.json");
  const { XDG_CACHE_HOME: given = "" } = process.env;
  const cacheHome = isAbsolute(given) ? given : join(homedir(), ".cache");
  const cache = join(cacheHome, "slipway", "compiled", version);
  require("node:module")._extensions[".ts"] = (module, path) => {
    module._compile(compiled(cache, path), path);
  };
}

function compiled(cache, path) {
  const source = readFileSync(path, "utf8");
  const file = join(cache, `${createHash("sha256").update(source).digest("hex")}.js`);
  try {
    return readFileSync(file, "utf8");
  } catch {
    const code = compile(source, path);
    try {
      mkdirSync(cache, { recursive: true });
      writeFileSync(`${file}.${process.pid}`, code);
      renameSync(`${file}.${process.pid}`, file);
    } catch {
      // Where nothing may be kept, it is compiled anew each time.
    }
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
