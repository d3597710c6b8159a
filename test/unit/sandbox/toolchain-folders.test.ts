import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  catalogue,
  heldModules,
  sandboxFolders,
  toolNames,
  type ToolSpec,
} from "../../../sandbox/toolchain/catalogue";
import { requirements, tagOf } from "../../../sandbox/toolchain/gomod";
import { wheelVersion } from "../../../sandbox/toolchain/wheel";
import { traefik } from "../../../components/ingress/image";
import { checkout } from "../../../components/shared/system/checkout";

const folders = join(checkout, "sandbox", "toolchain");

describe("the folders of the toolchain", () => {
  const names = readdirSync(folders, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  const isWheel = (name: string) => existsSync(join(folders, name, "requirements.txt"));
  const modules = new Map(
    names
      .filter((name) => !isWheel(name))
      .map((name) => [name, readFileSync(join(folders, name, "go.mod"), "utf8")]),
  );

  it("are those of the catalogue, each with its own go.mod and go.sum, or of a wheel", () => {
    const specs: [string, ToolSpec][] = Object.entries(catalogue);
    const used = new Set(specs.map(([name, { folder }]) => folder ?? name));
    assert.deepEqual([...used].sort(), names.sort());
    for (const name of modules.keys()) assert(existsSync(join(folders, name, "go.sum")), name);
    const wheels = specs.filter(([, { wheel }]) => wheel === true).map(([name]) => name);
    assert.deepEqual(wheels, names.filter(isWheel));
  });

  it("pin the one package of each wheel, with the hash of every file", () => {
    for (const name of names.filter(isWheel)) {
      const text = readFileSync(join(folders, name, "requirements.txt"), "utf8");
      const hash = String.raw`( \\\n    --hash=sha256:[0-9a-f]{64})+`;
      assert.match(text, new RegExp(`^(#.*\n)*[\\w-]+==\\d+\\.\\d+\\.\\d+${hash}\n$`));
    }
  });

  it("have the Traefik that a stack without an image of its own runs", () => {
    assert.equal(wheelVersion(join(folders, "traefik")), traefik.tag);
  });

  it("pin every module to a version with a checksum", () => {
    for (const [name, text] of modules) {
      const sums = readFileSync(join(folders, name, "go.sum"), "utf8");
      assert.doesNotMatch(text, /latest/);
      for (const [module, version] of requirements(replaced(text))) {
        assert(sums.includes(`${module} ${version}/go.mod h1:`), `${name}: ${module} ${version}`);
      }
    }
  });

  it("agree on the version of every module they share, so that it is compiled once", () => {
    const first = new Map<string, string>();
    for (const [name, text] of modules) {
      if (!sandboxFolders.includes(name)) continue;
      for (const [module, version] of requirements(text)) {
        if (heldModules[name]?.includes(module)) continue;
        const agreed = first.get(module) ?? version;
        first.set(module, agreed);
        assert.equal(version, agreed, `${module} in ${name}: run sandbox/toolchain/align.ts`);
      }
    }
    assert(first.size > 500);
  });

  it("hold no binary", () => {
    for (const entry of readdirSync(folders, { recursive: true, encoding: "utf8" })) {
      assert.match(entry, /(\.(go|ts|md|mod|sum|txt)$)|(^[^.]*$)/);
    }
  });

  it("make every binary once, but for older versions of Kubernetes", () => {
    const current = toolNames.filter((name) => name !== "kubernetes-previous");
    const binaries = current.flatMap((name) => Object.keys(catalogue[name].binaries));
    assert.equal(new Set(binaries).size, binaries.length);
    const older = Object.keys(catalogue["kubernetes-previous"].binaries);
    assert.ok(older.every((each) => binaries.includes(each)));
  });

  it("have Kubernetes in one minor version, and in the one before it", () => {
    const minor = (name: "kubernetes" | "kubernetes-previous") => {
      const text = readFileSync(join(folders, name, "go.mod"), "utf8");
      return Number(/k8s\.io\/kubernetes v1\.(\d+)\./.exec(text)?.[1]);
    };
    assert.equal(minor("kubernetes-previous"), minor("kubernetes") - 1);
  });

  it("have the tag of a module of which they pin a pseudo-version", () => {
    const text = [
      "require example.org/pseudo v4.0.0-2026 // v4.25.0",
      "require (",
      "\texample.org/plain v1.2.3",
      "\texample.org/indirect v1.0.0 // indirect",
      ")",
    ].join("\n");
    assert.equal(tagOf(text, "example.org/pseudo"), "v4.25.0");
    assert.equal(tagOf(text, "example.org/plain"), "v1.2.3");
    assert.equal(tagOf(text, "example.org/indirect"), "v1.0.0");
    assert.equal(tagOf(text, "example.org/absent"), undefined);
  });

  it("require what their go.mod says, and nothing that it replaces", () => {
    const text = [
      "module x",
      "require example.org/single v1.0.0",
      "require (",
      "\texample.org/direct v1.2.3",
      "\texample.org/indirect v0.0.0-2026 // indirect",
      ")",
      "replace (",
      "\texample.org/direct => example.org/other v9.0.0",
      ")",
      "exclude example.org/never v1.0.0",
    ].join("\n");
    assert.deepEqual(Object.fromEntries(requirements(text)), {
      "example.org/single": "v1.0.0",
      "example.org/direct": "v1.2.3",
      "example.org/indirect": "v0.0.0-2026",
    });
  });
});

/** A go.mod whose replaced modules are missing from its requirements, because go.sum has only their replacements. */
function replaced(text: string): string {
  const names = [...text.matchAll(/^(?:replace |\t)(\S+) => /gm)].map(([, name]) => name);
  return text
    .split("\n")
    .filter((line) => line.includes("=>") || !names.some((name) => line.startsWith(`\t${name} v`)))
    .join("\n");
}
