import * as assert from "node:assert/strict";
import { execa } from "execa";
import { request } from "node:http";
import { z } from "zod";
import { layout } from "../../sandbox/layout";
import { sessionEnv } from "../../sandbox/session";
import { ProgramCopy } from "../../sandbox/program-copy";
import { eventually } from "../../sandbox/eventually";

const names = [
  "Packet_BSI_PC_UI",
  "Packet_Label",
  "Packet_OutCustome_PC_UI",
  "Packet_Shopman_Web_UI",
  "SJZY.Package.Api",
  "SJZY.Package.Output.Api",
  "SJZY.Package.Task.Api",
];

const Projects = z.record(
  z.string(),
  z.object({
    namespace: z.string(),
    name: z.string(),
    image: z.string(),
    urls: z.array(z.string()),
  }),
);

describe("the seven projects on real pods", function () {
  this.timeout(600_000);
  const program = new ProgramCopy();
  let projects: z.infer<typeof Projects>;

  before(async () => {
    await program.init();
    await program.up();
    const { stdout } = await program.pulumi("stack", "output", "projects", "--json");
    projects = Projects.parse(JSON.parse(stdout));
  });

  after(async () => {
    await program.destroy();
    program.remove();
  });

  it("are all there", () => {
    assert.deepEqual(Object.keys(projects).sort(), names);
  });

  for (const name of names) {
    it(`${name} answers at its URL with its own name`, async () => {
      const { urls = [] } = projects[name] ?? {};
      assert.notEqual(urls.length, 0);
      for (const url of urls) {
        await eventually(async () => {
          const { status, body } = await get(url);
          assert.equal(status, 200, `${url}: ${body}`);
          assert.ok(body.includes(name), `${url} does not name ${name}: ${body.slice(0, 200)}`);
        });
      }
    });
  }

  it("run without root, by digest, on the real node", async () => {
    const pods = await podsOf("sjzy-test");
    assert.ok(pods.length >= names.length);
    for (const { spec } of pods) {
      assert.equal(spec.nodeName, "slipway-1");
      assert.equal(spec.securityContext.runAsNonRoot, true);
      for (const { image } of spec.containers) assert.match(image, /@sha256:[0-9a-f]{64}$/);
    }
  });

  it("come back when a pod is killed", async () => {
    const selector = "app=sjzy-package-api";
    const [before] = await podsOf("sjzy-test", selector);
    assert.ok(before);
    await kubectl("delete", "pod", before.metadata.name, "--namespace=sjzy-test", "--now");
    await eventually(async () => {
      const ready = (await podsOf("sjzy-test", selector)).filter(
        ({ metadata, status }) =>
          metadata.uid !== before.metadata.uid &&
          status.conditions.some(({ type, status }) => type === "Ready" && status === "True"),
      );
      assert.equal(ready.length, 1);
      const [url = ""] = projects["SJZY.Package.Api"]?.urls ?? [];
      assert.equal((await get(url)).status, 200);
    });
  });
});

const PodList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), uid: z.string() }),
      spec: z.object({
        nodeName: z.string().default(""),
        securityContext: z.object({ runAsNonRoot: z.boolean().optional() }),
        containers: z.array(z.object({ image: z.string() })),
      }),
      status: z.object({
        conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
      }),
    }),
  ),
});

async function podsOf(namespace: string, selector = ""): Promise<z.infer<typeof PodList>["items"]> {
  const args = ["get", "pods", `--namespace=${namespace}`, `--selector=${selector}`];
  return PodList.parse(JSON.parse(await kubectl(...args, "--output=json"))).items;
}

async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await execa("kubectl", args, { env: sessionEnv(layout()) });
  return stdout;
}

/** Connects to the loopback for any name: no resolver here knows `*.localhost`. */
function get(url: string): Promise<{ status: number; body: string }> {
  const { host, hostname, port, pathname } = new URL(url);
  const local = hostname.endsWith("localhost") || hostname === "127.0.0.1";
  assert.ok(local, `${hostname} is not on this machine`);
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path: pathname, headers: { host } };
    request(options, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (body += chunk));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, body });
      });
    })
      .on("error", reject)
      .end();
  });
}
