import assert from "node:assert/strict";
import { execa } from "execa";
import { existsSync, rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { checkout } from "../../../components/shared/system/checkout";

/** The script of a check's pod, run here against a real server. */
describe("what a check asks", function () {
  before(function () {
    // The script calls busybox by its path in the check's image; a machine without it cannot run the test.
    if (!existsSync("/bin/busybox")) this.skip();
  });

  after(() => {
    for (const name of ["pipe", "answer", "error", "head", "body"])
      rmSync(join("/tmp", name), { force: true });
  });

  /** Its output about a server with these answers. */
  async function said(answer: RequestListener, env: Record<string, string> = {}): Promise<string> {
    const server = createServer(answer).listen(0, "127.0.0.1");
    await new Promise((done) => server.once("listening", done));
    const { port } = server.address() as AddressInfo;
    const script = join(checkout, "components/app/ask.sh");
    try {
      const { stdout } = await execa("/bin/busybox", ["sh", script], {
        env: {
          HOST: "127.0.0.1",
          PORT: `${port}`,
          QUESTION: "/up",
          STATUS: "200",
          PATIENCE: "0",
          ...env,
        },
        extendEnv: false,
        reject: false,
      });
      return stdout.replaceAll(`${port}`, "PORT");
    } finally {
      server.close();
    }
  }
  const paragraph = "the quick brown fox, ";

  it("comes with HTTP/1.1, by the project's own name", async () => {
    const answer: RequestListener = ({ httpVersion, headers }, response) => {
      response.end(`${httpVersion} ${headers.host ?? ""}`);
    };
    const passed = "check passed: GET http://127.0.0.1:PORT/up";
    const named = { HOST_NAME: "shop.example", BODY: "1.1 shop.example" };
    assert.equal(await said(answer, named), `${passed} as shop.example: status 200`);
    assert.equal(await said(answer, { BODY: "1.1 127.0.0.1:" }), `${passed}: status 200`);
  });

  it("reads an answer that comes in chunks as one, wherever they end", async () => {
    const answer: RequestListener = (_, response) => {
      response.write(paragraph.repeat(300));
      response.write("the version is v1");
      response.write(".2.3\r\n");
      response.end("ü\n\nand more");
    };
    for (const BODY of ["the version is v1.2.3", "ü", "and more"])
      assert.match(await said(answer, { BODY }), /^check passed/);
    assert.match(await said(answer, { BODY: "v1.2.4" }), /a body without "v1\.2\.4"/);
  });

  it("shows where a redirect leads, and does not follow it", async () => {
    const answer: RequestListener = (_, response) => {
      response.writeHead(302, { location: "https://login.example/?back=/up" }).end("moved");
    };
    assert.match(
      await said(answer),
      /^check failed: .*: status 302, to https:\/\/login\.example\/\?back=\/up, instead of 200\nmoved/,
    );
  });

  it("shows another status with the answer's body", async () => {
    const answer: RequestListener = (_, response) => {
      response.writeHead(500).end("out of ink");
    };
    assert.match(await said(answer), /status 500 instead of 200\nout of ink/);
  });
});
