import { execa } from "execa";
import { readFileSync } from "node:fs";
import { paths } from "../../sandbox/cluster/context";
import { readPorts } from "../../sandbox/cluster/ports";
import { layout } from "../../sandbox/layout";
import { toolchain } from "../../sandbox/toolchain/build";

/** Runs the sandbox's own kubectl against it as the administrator; returns its output. Throws if it fails. */
export async function kubectl(args: readonly string[], input?: string): Promise<string> {
  const here = layout();
  const { stdout } = await execa(toolchain(here, ["kubernetes"]).binary("kubectl"), args, {
    env: { KUBECONFIG: paths(here).kubeconfig("admin") },
    input: input ?? "",
  });
  return stdout;
}

/** Applies objects, each in one JSON document. */
export async function apply(...objects: object[]): Promise<void> {
  await kubectl(["apply", "-f", "-"], objects.map((object) => JSON.stringify(object)).join("\n"));
}

/** The sandbox's busybox image, by tag. */
export const busybox = (): string =>
  `127.0.0.1:${readPorts(layout()).registry}/slipway/busybox:latest`;

/** Addresses of the host's TCP sockets that listen, as `address:port`. */
export function listeners(): string[] {
  const listening = "0A";
  return ["/proc/net/tcp", "/proc/net/tcp6"]
    .flatMap((path) => readFileSync(path, "utf8").trim().split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => state === listening)
    .map(([, local = ""]) => readable(local));
}

/** The kernel prints an address as hexadecimal words in its own byte order. */
function readable(local: string): string {
  const [address = "", port = ""] = local.split(":");
  const bytes = [...Buffer.from(address, "hex")].reverse();
  const name = bytes.length === 4 ? bytes.join(".") : address;
  return `${name}:${Number.parseInt(port, 16)}`;
}
