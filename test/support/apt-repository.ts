import { execa } from "execa";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

/** A Debian package built from existing files. */
export interface DebSpec {
  name: string;
  version: string;
  /** Folder with its contents, laid out as a machine's root. */
  root: string;
  /** The package's files and folders in it. */
  paths: readonly string[];
}

/** A flat package repository over HTTP, like a company's own for its machines. */
export class AptRepository {
  private readonly index: string[] = [];

  private constructor(
    private readonly server: Server,
    private readonly folder: string,
    private readonly address: string,
  ) {}

  /** Serves at an address of this machine; empty at first. */
  static async start(address: string): Promise<AptRepository> {
    const folder = await mkdtemp(join(tmpdir(), "slipway-apt-"));
    const server = createServer((request, response) => {
      const file = join(folder, basename(request.url ?? ""));
      stat(file).then(
        ({ size }) => {
          response.setHeader("content-length", size);
          if (request.method === "HEAD") response.end();
          else createReadStream(file).pipe(response);
        },
        () => response.writeHead(404).end(),
      );
    });
    server.listen(0, address);
    await once(server, "listening");
    return new AptRepository(server, folder, address);
  }

  /** Builds packages and adds them to the repository. */
  async add(packages: readonly DebSpec[]): Promise<void> {
    for (const each of packages) this.index.push(await build(this.folder, each));
    await writeFile(join(this.folder, "Packages"), this.index.join("\n"));
  }

  /** The `sources.list` line for it. */
  get source(): string {
    const { port } = this.server.address() as AddressInfo;
    return `deb [trusted=yes] http://${this.address}:${port}/ ./`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Builds a package into the folder; returns its entry for the repository's index. */
async function build(folder: string, { name, version, root, paths }: DebSpec): Promise<string> {
  const tree = join(folder, "tree");
  for (const path of paths) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await cp(join(root, path), join(tree, path), { recursive: true });
  }
  const architecture = (await execa("dpkg", ["--print-architecture"])).stdout;
  const control = `Package: ${name}
Version: ${version}
Architecture: ${architecture}
Maintainer: tests <tests@room.example>
Description: ${name} of a test's room
`;
  await mkdir(join(tree, "DEBIAN"));
  await writeFile(join(tree, "DEBIAN", "control"), control);
  const file = `${name}_${version}.deb`;
  await execa("dpkg-deb", ["-Znone", "--root-owner-group", "--build", tree, join(folder, file)]);
  await rm(tree, { recursive: true });
  const content = await readFile(join(folder, file));
  const hash = createHash("sha256").update(content).digest("hex");
  return `${control}Filename: ./${file}\nSize: ${content.length}\nSHA256: ${hash}\n`;
}
