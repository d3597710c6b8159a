import { createConnection, createServer, type Server, type Socket } from "node:net";
import { freePort } from "./ports";

/** A connection to a server of this machine that can be cut, at once or after a number of bytes. */
export class Wire {
  private readonly sockets = new Set<Socket>();
  private whole = true;
  /** Bytes that still pass; then it is cut for a moment, or for good. */
  private left = Number.POSITIVE_INFINITY;
  private fixes = false;

  private constructor(
    public readonly port: number,
    private readonly server: Server,
  ) {}

  static async to(port: number): Promise<Wire> {
    const own = await freePort();
    const server = createServer();
    const wire = new Wire(own, server);
    server.on("connection", (near) => {
      if (!wire.whole) {
        near.destroy();
        return;
      }
      const far = createConnection({ host: "127.0.0.1", port });
      for (const socket of [near, far]) {
        wire.sockets.add(socket);
        socket.on("error", () => undefined);
        socket.on("close", () => {
          wire.sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.on("data", (chunk) => {
        wire.left -= chunk.length;
        if (wire.left < 0) wire.cut(wire.fixes);
      });
      near.pipe(far);
      far.pipe(near);
    });
    await new Promise<void>((resolve) => server.listen(own, "127.0.0.1", resolve));
    return wire;
  }

  /** Ends every connection; accepts new ones only if it `fixes`. */
  cut(fixes = false): void {
    this.whole = fixes;
    this.left = Number.POSITIVE_INFINITY;
    for (const socket of this.sockets) socket.destroy();
  }

  /** Cuts it after this many more bytes to the server. */
  cutAfter(bytes: number, fixes = false): void {
    this.left = bytes;
    this.fixes = fixes;
  }

  /** Whether it has been cut since that was requested. */
  get wasCut(): boolean {
    return this.left === Number.POSITIVE_INFINITY;
  }

  fix(): void {
    this.whole = true;
    this.left = Number.POSITIVE_INFINITY;
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
