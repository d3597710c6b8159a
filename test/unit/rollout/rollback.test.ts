import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planRollback } from "../../../src/rollout/rollback";
import type { Engine } from "../../../src/engine/engine";
import type { Session } from "../../../src/engine/session";
import { StackFile } from "../../../src/records/stack-file";
import type { Strategy } from "../../../components/app/rollout";
import type { ReleaseRecord } from "../../../src/records/record";

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const [at, who, why] = ["2026-11-21T17:27:34.000Z", "Li <li@shop.example>", "it leaks"];

describe("going back", () => {
  let checkout: string;
  let registry = "127.0.0.1:9";
  beforeEach(() => {
    checkout = mkdtempSync(join(tmpdir(), "slipway-back-"));
    mkdirSync(join(checkout, "projects"));
    writeFileSync(
      join(checkout, "projects/Web.yaml"),
      "name: Web\nkind: back\nport: 8080\nexpose: none\n",
    );
  });
  afterEach(() => {
    rmSync(checkout, { recursive: true });
  });

  /** A stack whose history has these records, the latest first, and whose file has the first of them. */
  const stackOf = (...records: ReleaseRecord[]): Session => {
    const text = [
      "config:",
      "  slipway:system: shop",
      "  slipway:cluster: { kind: kubeconfig, file: uat.yaml, identifier: shop }",
      `  slipway:registry: { host: "${registry}" }`,
      "  slipway:ingress: { controller: external, namespace: edge, domain: shop.example }",
      `  slipway:releases: ${JSON.stringify({ Web: records[0] })}`,
    ];
    writeFileSync(join(checkout, "Pulumi.uat.yaml"), `${text.join("\n")}\n`);
    const history = records.map((record) => ({
      kind: "update",
      startTime: at,
      result: "succeeded",
      message: "slipway: Web: it serves",
      config: { "slipway:releases": { objectValue: { Web: record } } },
    }));
    const engine = { json: () => Promise.resolve(history) } as unknown as Engine;
    const file = new StackFile(checkout, "uat");
    const of = (): never => assert.fail("no other stack is asked for");
    return { checkout, stack: "uat", engine, file, env: {}, of, sandbox: undefined };
  };
  const back = async (session: Session, to?: string): Promise<string> => {
    const { target } = await planRollback(session, { project: "Web", to, who, why });
    return target.digest;
  };
  const one = (letter: string, tag?: string): ReleaseRecord => ({
    digest: digest(letter),
    ...(tag !== undefined && { tag }),
  });

  for (const [what, records, to, letter] of [
    ["goes one version back by default", [one("c"), one("b"), one("a")], undefined, "b"],
    ["counts versions", [one("c"), one("b"), one("a")], "2", "a"],
    ["knows a tag", [one("c"), one("b", "v2"), one("a", "v1")], "v1", "a"],
    ["knows the beginning of a digest", [one("c"), one("b"), one("a")], "aaaaaaa", "a"],
    ["knows a tag of digits that counts nothing", [one("c"), one("b"), one("a", "42")], "42", "a"],
    ["counts if the tag says the same", [one("c"), one("b", "1"), one("a")], "1", "b"],
  ] as const)
    it(what, async () => {
      assert.equal(await back(stackOf(...records), to), digest(letter));
    });

  it("asks which is meant where a number is a version's tag, too", async () => {
    const stack = stackOf(one("c"), one("b", "2"), one("a", "1"));
    await assert.rejects(back(stack, "1"), (error: Error & { exitCode?: number }) => {
      assert.match(
        error.message,
        /--to[^]*one version: 1 back is b{12}, and the tag 1 is of a{12}/,
      );
      assert.match(error.message, /by the beginning of its digest/);
      return error.exitCode === 2;
    });
    assert.equal(await back(stack, "aaaaaaa"), digest("a"));
  });

  it("keeps the serving version's settings, though its file has changed since its release began", async () => {
    const settings = '{"port":8080,"env":{"A":"before"}}';
    const step = { strategy: "blueGreen", step: "beside" } as never as {
      strategy: Strategy;
      step: string;
    };
    const under = { ...one("a"), settings, next: { ...one("b"), settings, ...step } };
    const { first } = await planRollback(stackOf(under, one("a")), { project: "Web", who, why });
    assert.deepEqual([first.settings, first.pinned, first.next], [settings, true, undefined]);
  });

  it("leaves what it comes from rejected, but not an image that serves on with other configuration", async () => {
    const earlier = { ...one("a"), configHash: "1".repeat(64) };
    const later = { ...one("a"), configHash: "2".repeat(64) };
    for (const [records, rejected] of [
      [[one("c"), one("b")], { digest: digest("c") }],
      [[later, earlier], { digest: digest("a"), configHash: later.configHash }],
    ] as const) {
      const { first } = await planRollback(stackOf(...records), { project: "Web", who, why });
      const [verdict] = first.rejected ?? [];
      assert.deepEqual(verdict, { ...rejected, why, by: who, at: verdict?.at });
    }
  });

  describe("to an image of a registry", () => {
    let server: Server;
    let told: string[];
    const { error } = console;
    /** Digests in the registry. */
    const has = new Set<string>();
    before(async () => {
      server = createServer(({ url = "" }, response) => {
        const found = [...has].find((one) => url.endsWith(one));
        response
          .writeHead(found === undefined ? 404 : 200, { "docker-content-digest": found ?? "" })
          .end();
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
    });
    after(() => {
      server.close();
    });
    beforeEach(() => {
      told = [];
      console.error = (line: string) => told.push(line);
      registry = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterEach(() => {
      console.error = error;
      registry = "127.0.0.1:9";
    });

    it("reports a missing image, and tries all the same", async () => {
      has.add(digest("a"));
      const stack = (): Session => stackOf(one("c"), one("b"), one("a"));
      assert.equal(await back(stack(), "2"), digest("a"));
      assert.deepEqual(told, []);
      assert.equal(await back(stack()), digest("b"));
      assert.match(
        told.join("\n"),
        /^warning: Web: 127\.\S+ no longer has sha256:bbb\S+: only nodes that have it/,
      );
    });
  });

  it("names the versions there are where none is meant", async () => {
    await assert.rejects(
      back(stackOf(one("c"), one("b", "v2"), one("a")), "v9"),
      (error: Error) => {
        assert.match(error.message, /1: b{12} \(v2\), 2: a{12}/);
        return true;
      },
    );
  });
});
