import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority, issue } from "../../../sandbox/cluster/pki/certificate";
import { lookUp } from "../../../src/build/registry";

const digest = `sha256:${"d".repeat(64)}`;
const login = Buffer.from("robot:hunter2").toString("base64");

/** A registry behind HTTPS, like a private Harbor: an authority of its own, and a token for whoever has logged in. */
describe("a registry with a private authority", () => {
  let server: Server;
  let host = "";
  let authority = "";
  const folder = mkdtempSync(join(tmpdir(), "slipway-docker-"));
  const shell = process.env["DOCKER_CONFIG"];
  const asked: string[] = [];

  before(async () => {
    const now = new Date();
    const signer = await createAuthority("who signs", now);
    authority = signer.certificate;
    const identity = { name: "harbor", authority: "ca", commonName: "harbor" } as const;
    const hosts = ["127.0.0.1"];
    const { certificate, key } = await issue(signer, { ...identity, usage: "server", hosts }, now);
    server = createServer({ cert: certificate, key }, (request, response) => {
      const { url = "", method, headers } = request;
      asked.push(`${method ?? ""} ${url}`);
      if (url.startsWith("/token?")) {
        response.statusCode = headers.authorization === `Basic ${login}` ? 200 : 401;
        response.end(JSON.stringify({ token: "opens" }));
        return;
      }
      if (headers.authorization !== "Bearer opens") {
        const realm = `Bearer realm="https://${host}/token",service="harbor",scope="repository:back/shop.api:pull"`;
        response.writeHead(401, { "www-authenticate": realm }).end();
        return;
      }
      const known = url === "/v2/back/shop.api/manifests/v1";
      response.writeHead(known ? 200 : 404, known ? { "docker-content-digest": digest } : {}).end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const config = { auths: { [host]: { auth: login } } };
    writeFileSync(join(folder, "config.json"), JSON.stringify(config));
    process.env["DOCKER_CONFIG"] = folder;
  });
  after(() => {
    if (shell === undefined) Reflect.deleteProperty(process.env, "DOCKER_CONFIG");
    else process.env["DOCKER_CONFIG"] = shell;
    rmSync(folder, { recursive: true });
    server.close();
  });
  const ask = (tag: string, believed: string | undefined = authority) =>
    lookUp({ host, authority: believed }, "back/shop.api", tag);

  it("returns the digest of a tag after a login, and that a tag does not exist", async () => {
    assert.deepEqual(await ask("v1"), { found: true, digest });
    assert.deepEqual(await ask("v2"), { found: false });
  });

  it("reports once why it cannot be reached, however many ways were tried", async () => {
    const answer = await lookUp({ host: "harbor.invalid:1" }, "back/shop.api", "v1");
    assert.ok("unknown" in answer);
    const [, why = ""] = answer.unknown.split(" does not answer: ");
    assert.deepEqual(why.split("; ").length, 1, why);
  });

  it("gets no request with another authority", async () => {
    const stranger = (await createAuthority("stranger", new Date())).certificate;
    const before = asked.length;
    const answer = await ask("v1", stranger);
    assert.ok("unknown" in answer);
    assert.match(answer.unknown, /does not answer: (unable to verify|self-signed|unable to get)/);
    assert.deepEqual(asked.slice(before), []);
  });
});
