import { execa } from "execa";
import { readFile } from "node:fs/promises";
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { once } from "node:events";
import { writeFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pauseImage } from "../images/base";
import { bufferLayer, fileLayer, ociImage, type OciImage } from "../images/oci";
import { push } from "../images/push";
import { debianLayer } from "../images/rootfs";
import { tar, type TarEntry } from "../images/tar";
import type { Progress } from "../progress";
import type { Toolchain } from "../toolchain/build";
import type { BinaryName } from "../toolchain/catalogue";
import { cached } from "./rootfs";

const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Programs of the single-program images, by the last part of the image's name. */
const programs: Readonly<Record<string, readonly BinaryName[]>> = {
  "kube-apiserver": ["kube-apiserver"],
  "kube-controller-manager": ["kube-controller-manager"],
  "kube-scheduler": ["kube-scheduler"],
  etcd: ["etcd", "etcdctl", "etcdutl"],
};

/** Names by which kube-proxy calls Debian's single iptables program. */
const iptables = ["iptables", "ip6tables"].flatMap((name) => [
  name,
  `${name}-save`,
  `${name}-restore`,
]);

/** The registry's configuration: storage and address. */
export function registryConfig(folder: string, address: string): string {
  return JSON.stringify({
    version: "0.1",
    log: { level: "warn", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: folder }, delete: { enabled: true } },
    http: { addr: address },
  });
}

/**
 * A registry's store with every image kubeadm needs, under its own name without the registry's (`kube-apiserver:v1.36.3`): built
 * once from the toolchain's binaries, and kept.
 */
export async function imageStore(
  cache: string,
  tools: Toolchain,
  progress: Progress,
): Promise<string> {
  const names = await imageNames(tools);
  const binaries = ["coredns", "kube-proxy", "pause"] as const;
  const used = [...Object.values(programs).flat(), ...binaries].map((name) => tools.binary(name));
  const key = [...names, ...used];
  return cached({ cache, name: "images", key, progress }, async (folder) => {
    const layer = await debianLayer(cache, "iptables", progress);
    await withRegistry(tools.binary("registry"), folder, async (registry) => {
      for (const [index, name] of names.entries()) {
        progress(`image ${name} for kubeadm`, index / names.length);
        await push(await imageOf(name, tools, layer), `${registry}/${name}`);
      }
    });
  });
}

/** The images kubeadm will pull, without the registry's name. */
export async function imageNames(tools: Toolchain): Promise<string[]> {
  const kubeadm = tools.binary("kubeadm");
  const { stdout: version } = await execa(kubeadm, ["version", "--output=short"]);
  const list = ["config", "images", "list", `--kubernetes-version=${version}`];
  const { stdout } = await execa(kubeadm, list);
  return stdout.split("\n").map((name) => name.slice(name.indexOf("/") + 1));
}

async function imageOf(name: string, tools: Toolchain, iptablesLayer: string): Promise<OciImage> {
  const kind = /([^/:]+):[^:]*$/.exec(name)?.[1] ?? name;
  if (kind === "pause") return pauseImage(tools.binary("pause"));
  if (kind === "coredns") {
    const files = [await program(tools, "coredns", "coredns")];
    return ociImage({
      layers: [bufferLayer(tar(files))],
      config: { Env: [path], Entrypoint: ["/coredns"] },
    });
  }
  if (kind === "kube-proxy") {
    const links = iptables.map((command): TarEntry => ({
      kind: "symlink",
      path: `usr/local/sbin/${command}`,
      target: "/usr/sbin/xtables-nft-multi",
    }));
    const files = [await program(tools, "kube-proxy", "usr/local/bin/kube-proxy"), ...links];
    const layers = [await fileLayer(iptablesLayer), bufferLayer(tar(files))];
    return ociImage({ layers, config: { Env: [path] } });
  }
  const binaries = programs[kind];
  if (binaries === undefined) throw new Error(`kubeadm asks for an image we cannot make: ${name}`);
  const files = await Promise.all(
    binaries.map((each) => program(tools, each, `usr/local/bin/${each}`)),
  );
  return ociImage({ layers: [bufferLayer(tar(files))], config: { Env: [path] } });
}

async function program(tools: Toolchain, name: BinaryName, place: string): Promise<TarEntry> {
  return { kind: "file", path: place, mode: 0o755, content: await readFile(tools.binary(name)) };
}

/** Runs a registry on the loopback, with its store in a folder, for the duration of the work. */
async function withRegistry(
  binary: string,
  folder: string,
  work: (registry: string) => Promise<void>,
): Promise<void> {
  const address = `127.0.0.1:${await freePort()}`;
  const config = join(folder, "..", "registry.json");
  await writeFile(config, registryConfig(folder, address));
  const child = spawn(binary, ["serve", config], {
    stdio: "ignore",
    env: { OTEL_TRACES_EXPORTER: "none" },
  });
  try {
    await answers(address);
    await work(address);
  } finally {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
    await rm(config, { force: true });
  }
}

/** Waits until a registry answers. */
export async function answers(address: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await fetch(`http://${address}/v2/`);
      return;
    } catch (error) {
      if (attempt === 100) throw new Error(`no registry answers at ${address}`, { cause: error });
      await delay(100);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}
