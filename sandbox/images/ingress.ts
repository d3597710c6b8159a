import { readFileSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import ts from "typescript";
import { checkout } from "../layout";
import type { Progress } from "../progress";
import { bufferLayer, fileLayer, ociImage, type OciImage } from "./oci";
import { debianLayer, nodeLayer } from "./rootfs";
import { tar, type TarEntry } from "./tar";

/** Where the program is in the image. */
const home = "opt/ingress";

/**
 * The sandbox's ingress controller as an image that the product's own DaemonSet can run: Traefik's cannot be had where no
 * registry is reached. Debian's HAProxy, this machine's node, `sandbox/ingress/pod.ts` and what it needs.
 */
export async function ingressImage(cache: string, progress: Progress): Promise<OciImage> {
  const layers = [
    await fileLayer(await nodeLayer(cache, progress)),
    await fileLayer(await debianLayer(cache, "haproxy", progress)),
    bufferLayer(tar([...sources(), ...libraries(["zod", "execa"])])),
  ];
  const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  const Entrypoint = ["/usr/bin/node", `/${home}/sandbox/ingress/pod.js`];
  return ociImage({ layers, config: { Env: [path], Entrypoint } });
}

/** The controller's sources, as JavaScript. */
function sources(): TarEntry[] {
  const folder = join(checkout, "sandbox", "ingress");
  const names = readdirSync(folder).filter((name) => name.endsWith(".ts"));
  return names.sort().map((name) => {
    const { outputText } = ts.transpileModule(readFileSync(join(folder, name), "utf8"), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.CommonJS,
        esModuleInterop: true,
      },
    });
    return file(`sandbox/ingress/${name.replace(/ts$/, "js")}`, Buffer.from(outputText));
  });
}

/** Packages, and all that they need, as they lie in node_modules. */
function libraries(wanted: readonly string[]): TarEntry[] {
  const folders = new Set<string>();
  const follow = (name: string, from: string): void => {
    const folder = packageFolder(name, from);
    if (folders.has(folder)) return;
    folders.add(folder);
    const { dependencies = {} } = JSON.parse(
      readFileSync(join(folder, "package.json"), "utf8"),
    ) as {
      dependencies?: Record<string, string>;
    };
    for (const dependency of Object.keys(dependencies)) follow(dependency, folder);
  };
  for (const name of wanted) follow(name, checkout);
  return [...folders].sort().flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => !path.includes("node_modules") && /\.(c|m)?js$|package\.json$/.test(path))
      .filter((path) => statSync(join(folder, path)).isFile())
      .sort()
      .map((path) =>
        file(relative(checkout, join(folder, path)), readFileSync(join(folder, path))),
      ),
  );
}

/** Folder of a package as node finds it, whatever its `exports` hide. */
function packageFolder(name: string, from: string): string {
  const places = createRequire(join(from, "package.json")).resolve.paths(name) ?? [];
  const folder = places.map((place) => join(place, name)).find((place) => hasManifest(place));
  if (folder === undefined)
    throw new Error(`${name}, which ${dirname(from)} needs, is not installed`);
  return folder;
}

const hasManifest = (folder: string): boolean =>
  statSync(join(folder, "package.json"), { throwIfNoEntry: false }) !== undefined;

const file = (path: string, content: Buffer): TarEntry => ({
  ...{ kind: "file", path: join(home, path), mode: 0o644, content },
});
