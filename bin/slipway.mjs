#!/usr/bin/env node
// The way in. Plain JavaScript on purpose: in a fresh clone nothing is installed yet, so this file may use only
// what Node itself brings. It installs the locked packages when they are missing or stale, then hands over to src/cli.
import { spawnSync } from "node:child_process";
import { accessSync, constants, lstatSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const checkout = dirname(dirname(fileURLToPath(import.meta.url)));
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `slipway needs Node 20.19 or newer; this is ${process.version} (${process.execPath})`,
  );
  process.exit(2);
}

try {
  accessSync(`${tmpdir()}/`, constants.W_OK);
} catch ({ code }) {
  // We, the engine and its plugins make temporary files; without a place for them each ends in words of its own.
  console.error(
    `${tmpdir()}: no temporary file can be written there (${code})\n    fix:     name a folder for them by TMPDIR, or unset it: /tmp is used then`,
  );
  process.exit(2);
}

if (!fresh()) {
  console.error("installing the locked npm packages (once per clone, about half a minute) …");
  // Install scripts would only try to download Pulumi plugins; the engine finds them by itself.
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = spawnSync("npm", args, { cwd: checkout, stdio: ["ignore", "ignore", "inherit"] });
  if (npm.status !== 0) {
    console.error(`npm ci failed in ${checkout}; run it there by hand to see all it says`);
    process.exit(2);
  }
}

// Only now: it needs the compiler that was just installed.
const { registerTypeScript } = await import("./typescript.mjs");
registerTypeScript();
createRequire(import.meta.url)(join(checkout, "src", "cli", "main.ts"));

/**
 * npm writes its hidden lockfile last: newer than package-lock.json means that the install is whole and current. What is
 * linked here belongs to another checkout: `npm ci` would empty that one.
 */
function fresh() {
  try {
    if (lstatSync(join(checkout, "node_modules")).isSymbolicLink()) return true;
    const installed = statSync(join(checkout, "node_modules", ".package-lock.json")).mtimeMs;
    return installed >= statSync(join(checkout, "package-lock.json")).mtimeMs;
  } catch {
    return false;
  }
}
