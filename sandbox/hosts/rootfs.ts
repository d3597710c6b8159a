import { execa } from "execa";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { chmod, copyFile, link, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UserError } from "../../components/shared/problem";
import type { Progress } from "../progress";
import type { Toolchain } from "../toolchain/build";
import type { BinaryName } from "../toolchain/catalogue";
import { withLock } from "../toolchain/lock";
import { commands } from "./commands";
import { unitFiles } from "./units";

/** Debian packages of a host: a plain server, and the dependencies of Kubernetes and its load balancers. */
const packages = [
  ...["systemd", "systemd-sysv", "dbus", "openssh-server", "sudo", "ca-certificates", "curl"],
  ...["iproute2", "iputils-ping", "kmod", "procps", "rsync", "restic", "keepalived", "haproxy"],
  ...["iptables", "conntrack", "socat", "ethtool", "runc", "containernetworking-plugins"],
] as const;

/** Toolchain binaries of a host, in /usr/local/bin. */
export const hostBinaries = [
  ...(["kubelet", "kubeadm", "kubectl", "containerd", "containerd-shim-runc-v2", "ctr"] as const),
  ...(["etcdctl", "etcdutl"] as const),
] satisfies BinaryName[];

/** Their directory in a host, and in the layer that brings them. */
export const binFolder = "usr/local/bin";

const provision = join(__dirname, "provision.sh");

/** Debian as every host starts with it, built once for a list of packages. */
export async function debianRoot(cache: string, progress: Progress): Promise<string> {
  const { suite, mirror } = await debianSource();
  const key = [suite, process.arch, ...packages, readFileSync(provision, "utf8")];
  return cached({ cache, name: "root", key, progress }, async (folder) => {
    const report = (line: string): void => {
      const step = /^I: (\w+ing) (\S+)/.exec(line);
      if (step !== null)
        progress(`${suite} for hosts: ${step[1]?.toLowerCase() ?? ""} ${step[2] ?? ""}`);
    };
    const proxy = await aptProxy();
    const include = `--include=${packages.join(",")}`;
    const command = ["debootstrap", "--variant=minbase", include, suite, folder, mirror];
    const made = execa("nice", ["-n", "10", ...command], {
      env: {
        ...commands.env,
        ...(proxy === "" ? {} : { http_proxy: proxy, https_proxy: proxy }),
      },
      reject: false,
      all: true,
    });
    for await (const line of made.iterable({ from: "all" })) report(line);
    const { failed, all } = await made;
    if (failed) throw debootstrapFailure(mirror, all);
    progress("preparing the hosts' disk");
    await execa("sh", [provision, folder], commands);
  });
}

/** The toolchain's binaries and their systemd units, as a distribution's packages would install them. */
export async function toolsLayer(
  cache: string,
  tools: Toolchain,
  progress: Progress,
): Promise<string> {
  const key = [...hostBinaries.map((name) => tools.binary(name)), JSON.stringify(unitFiles)];
  return cached({ cache, name: "tools", key, progress }, async (folder) => {
    const bin = join(folder, binFolder);
    await mkdir(bin, { recursive: true });
    for (const name of hostBinaries) await place(tools.binary(name), join(bin, name));
    for (const [path, text] of Object.entries(unitFiles)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    // This process's umask must not affect it: the mode is visible in every host.
    await execa("chmod", ["-R", "u=rwX,go=rX", folder]);
  });
}

/** The lower directories of an overlay are read-only, so one copy suffices; on another disk a second copy is needed. */
async function place(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    await copyFile(from, to);
  }
}

/** Key of a directory in the cache. */
interface CacheEntry {
  readonly cache: string;
  readonly name: string;
  /** Everything that determines its contents. */
  readonly key: readonly string[];
  readonly progress: Progress;
}

/** A directory that is filled once for a key and appears under its name when it is complete. */
export async function cached(
  { cache, name, key, progress }: CacheEntry,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const hash = createHash("sha256").update(key.join("\n")).digest("hex").slice(0, 12);
  const parent = join(cache, "hosts");
  const folder = join(parent, `${name}-${hash}`);
  if (existsSync(folder)) return folder;
  const wait = (): void => {
    progress("another run is making what hosts need: waiting for it");
  };
  await withLock(parent, wait, async () => {
    if (existsSync(folder)) return;
    const work = await mkdtemp(join(parent, `.${name}-`));
    try {
      const made = join(work, name);
      await mkdir(made);
      await chmod(made, 0o755);
      await fill(made);
      await rename(made, folder);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
  return folder;
}

/** The Debian release of this machine, and its package mirror. */
async function debianSource(): Promise<{ suite: string; mirror: string }> {
  const release = readFileSync("/etc/os-release", "utf8");
  const codename = /^VERSION_CODENAME=(\S+)$/m.exec(release)?.[1] ?? "";
  const wanted = ["Created-By: Packages", `Codename: ${codename}`, "Component: main"];
  const format = "--format=$(SITE)";
  const { stdout } = await execa("apt-get", ["indextargets", format, ...wanted]);
  const [mirror = ""] = stdout.split("\n");
  if (mirror !== "") return { suite: codename, mirror };
  throw new UserError(
    [
      `apt knows no source for ${codename === "" ? "this system" : codename}, main: hosts of a lab are made from it`,
      "fix: `apt-get indextargets` shows what it knows; see sources.list(5)",
    ].join("\n"),
  );
}

/** The proxy of apt, if any: debootstrap does not read apt's configuration. */
async function aptProxy(): Promise<string> {
  const { stdout } = await execa("apt-config", ["dump", "--format=%v", "Acquire::http::Proxy"]);
  return stdout.trim();
}

function debootstrapFailure(mirror: string, output: unknown): UserError {
  const lines = String(output).trim().split("\n").slice(-6);
  return new UserError(
    [
      "Debian for the hosts of a lab could not be put together:",
      ...lines.map((line) => `  ${line}`),
      `from: ${mirror.replace(/\/\/[^/@]*@/, "//***@")}`,
      "fix: see that apt reaches it (`apt-get update`), then run this again.",
    ].join("\n"),
  );
}
