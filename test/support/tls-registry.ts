import { once } from "node:events";
import { request } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { createAuthority, issue } from "../../sandbox/cluster/pki/certificate";

/** A registry behind HTTPS with a certificate of a private authority: a proxy for another registry. */
export class TlsRegistry {
  private constructor(
    /** With its port. */
    readonly host: string,
    /** The authority's certificate, in PEM. */
    readonly authority: string,
    private readonly server: Server,
  ) {}

  /** @param to host and port of the registry behind it, which speaks HTTP. */
  static async start(address: string, to: string): Promise<TlsRegistry> {
    const now = new Date();
    const signer = await createAuthority("authority of the room", now);
    const identity = { name: "registry", authority: "ca", commonName: "registry" } as const;
    const server = { ...identity, usage: "server", hosts: [address] } as const;
    const { certificate, key } = await issue(signer, server, now);
    const door = createServer({ cert: certificate, key }, (asked, answer) => {
      const { method, headers, url } = asked;
      const onward = request(`http://${to}${url ?? ""}`, { method, headers }, (answered) => {
        answer.writeHead(answered.statusCode ?? 502, answered.headers);
        answered.pipe(answer);
      });
      onward.on("error", () => answer.destroy());
      asked.pipe(onward);
    }).listen(0, address);
    await once(door, "listening");
    const { port } = door.address() as AddressInfo;
    return new TlsRegistry(`${address}:${port}`, signer.certificate, door);
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
