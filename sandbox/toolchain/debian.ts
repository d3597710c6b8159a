import { execa } from "execa";
import { delimiter, join } from "node:path";
import { isExecutable } from "../../components/shared/system/executable";
import { UserError } from "../../components/shared/problem";
import type { Progress } from "../progress";

/** Debian packages that are used instead of a build. */
export interface DebianPackage {
  readonly name: string;
  /** A command or file that is equivalent, wherever it comes from (Docker brings its own runc, for one). */
  readonly provides?: string;
  /** The service that its installation starts and enables; we run the program ourselves. */
  readonly service?: string;
}

/** For a real node. */
const nodePackages: readonly DebianPackage[] = [
  // Shell of the base images: a dynamically linked busybox does not work, so only the package counts.
  { name: "busybox-static" },
  { name: "conntrack", provides: "conntrack" },
  { name: "containernetworking-plugins", provides: "/usr/lib/cni/bridge" },
  { name: "haproxy", provides: "haproxy", service: "haproxy" },
  { name: "iproute2", provides: "ip" },
  { name: "iptables", provides: "iptables" },
  { name: "runc", provides: "runc" },
  { name: "tini", provides: "tini" },
  { name: "util-linux", provides: "unshare" },
];

/** Fetches Python packages, if one of the tools is one and is not here yet. */
export const pip: DebianPackage = { name: "python3-pip", provides: "pip3" };

/** PostgreSQL's server, not part of a sandbox: for tests against it. */
export const postgresql: DebianPackage = { name: "postgresql", service: "postgresql" };

/** For hosts of a lab (`sandbox/hosts`), on the machine that they run on. */
export const hostPackages: readonly DebianPackage[] = [
  { name: "busybox-static" },
  { name: "debootstrap", provides: "debootstrap" },
  { name: "iproute2", provides: "ip" },
  { name: "openssh-client", provides: "ssh" },
  { name: "runc", provides: "runc" },
  { name: "tini", provides: "tini" },
  { name: "util-linux", provides: "unshare" },
];

/** The SSH server, not part of a sandbox: for tests against a real one. */
export const sshServer: DebianPackage = {
  name: "openssh-server",
  provides: "sshd",
  service: "ssh",
};

/** Programs for backups, not part of a sandbox: for backups, and their tests. */
export const restic: DebianPackage = { name: "restic", provides: "restic" };

/** For the shell check of `npm run check`, not part of a sandbox. */
export const shellcheck: DebianPackage = { name: "shellcheck", provides: "shellcheck" };

/** Names of a real node's packages that are neither installed nor provided otherwise. */
export async function missingPackages(): Promise<string[]> {
  return (await missing(nodePackages)).map(({ name }) => name);
}

/**
 * Installs missing packages as root, by default those of a real node; returns what it did, if anything. Removes no package, and
 * leaves no new service running. Throws a UserError with the command to run by hand.
 */
export async function installMissing(
  progress: Progress,
  packages = nodePackages,
): Promise<string | undefined> {
  const wanted = await missing(packages);
  if (wanted.length === 0) return undefined;
  const names = wanted.map(({ name }) => name);
  progress("reading Debian's package lists");
  // An unreachable source of the user's is no reason to stop: apt names what is missing below.
  await aptGet(["update", "-q"]);
  progress(`installing ${names.join(", ")}`);
  const installed = await aptGet([
    "install",
    "-y",
    "-q",
    "--no-install-recommends",
    "--no-remove",
    ...names,
  ]);
  if (installed.failed) throw installFailure(names, installed.output);
  for (const { service } of wanted) {
    if (service !== undefined) await stopService(service);
  }
  return `installed ${names.join(", ")}`;
}

async function missing(packages: readonly DebianPackage[]): Promise<DebianPackage[]> {
  const absent = packages.filter(({ provides }) => provides === undefined || !isThere(provides));
  const bare = absent.filter(({ provides }) => provides === undefined);
  const installed = await installedPackages(bare.map(({ name }) => name));
  return absent.filter(({ name }) => !installed.has(name));
}

/** Asks dpkg; without dpkg nothing is installed by it. */
async function installedPackages(names: readonly string[]): Promise<Set<string>> {
  const format = "${db:Status-Status} ${Package}\n";
  const { stdout } = await execa("dpkg-query", ["-W", "-f", format, ...names], { reject: false });
  const lines = stdout.split("\n").map((line) => line.split(" "));
  return new Set(lines.flatMap(([status, name = ""]) => (status === "installed" ? [name] : [])));
}

/** A file by its path, or a command on PATH. */
function isThere(command: string): boolean {
  if (command.startsWith("/")) return isExecutable(command);
  return systemPath()
    .split(delimiter)
    .some((folder) => folder !== "" && isExecutable(join(folder, command)));
}

/** PATH with the system's commands, which a root shell from `su` lacks. */
const systemPath = (): string => [process.env["PATH"] ?? "", "/usr/sbin", "/sbin"].join(delimiter);

/** Runs apt-get without questions; waits for another running apt. */
async function aptGet(args: readonly string[]): Promise<{ failed: boolean; output: string }> {
  const { failed, all, shortMessage } = await execa(
    "apt-get",
    ["-o", "DPkg::Lock::Timeout=300", ...args],
    {
      env: { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C", PATH: systemPath() },
      all: true,
      reject: false,
    },
  );
  return { failed, output: all === "" ? (shortMessage ?? "") : all };
}

/** Ends and disables a service that our own installation has started. */
async function stopService(service: string): Promise<void> {
  const options = { env: { PATH: systemPath() }, reject: false };
  await execa("service", [service, "stop"], options);
  await execa("update-rc.d", [service, "disable"], options);
}

function installFailure(names: readonly string[], output: string): UserError {
  const lines = output.trim().split("\n").slice(-8);
  return new UserError(
    [
      `These packages are missing and could not be installed: ${names.join(", ")}.`,
      ...lines.map((line) => `  ${line}`),
      `fix: as root, \`apt-get update && apt-get install --no-install-recommends ${names.join(" ")}\`;`,
      "      on a system without apt-get, install what provides them there.",
    ].join("\n"),
  );
}
