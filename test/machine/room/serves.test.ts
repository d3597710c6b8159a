import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { imageRepository, kubernetesName } from "../../../components/shared/names";
import { layout } from "../../../sandbox/layout";
import { eventually } from "../../../sandbox/eventually";
import { changes } from "../../../sandbox/program-copy";
import { silent } from "../../../sandbox/progress";
import { Demonstration } from "../../../sandbox/room/demonstration";
import { example, pushExample } from "../../../sandbox/room/images";
import { startLoad } from "../../../sandbox/room/load";
import { KeptCertificates } from "../../support/kept-certificates";
import { walkOnLab } from "../../support/lab";
import { itAll } from "../../support/suites";

/** The demonstration of `npm run machine-room`, with assertions. Each test continues where the previous one ended. */
walkOnLab("a machine room that serves a project", function () {
  this.timeout(1_800_000);
  let demonstration: Demonstration;

  before(async () => {
    demonstration = await Demonstration.start(silent);
  });
  after(async () => {
    await demonstration.stop();
  });

  it("answers by the edges' address after one update from nothing", async () => {
    await demonstration.fromNothing(silent);
    const { phases } = demonstration.measured;
    for (const phase of ["init", "join", "proxy", "address", "projects"])
      assert.ok((phases[phase] ?? 0) > 0, `${phase} took ${phases[phase]} s`);
  });

  it("has nothing to be done the second time", async () => {
    await demonstration.again();
    const { secondUpChanges, secondUpCommands } = demonstration.measured;
    assert.deepEqual([secondUpChanges, secondUpCommands], [0, 0]);
  });

  it("refuses to take over what is not its own", async () => {
    const { room } = demonstration;
    const service = kubernetesName(example.name);
    // Both labels: overwriting one by another tool must not make the object somebody else's.
    const relabel = async (managedBy: string, partOf: string): Promise<unknown> => {
      const labels = [`managed-by${managedBy}`, `part-of${partOf}`];
      const args = labels.map((label) => `app.kubernetes.io/${label}`);
      return await room.kubectl("t01", "-n", "room-test", "label", "service", service, ...args);
    };
    await relabel("-", "-");
    try {
      const { exitCode, all } = await room.program.pulumi("preview", "--stack=test");
      assert.notEqual(exitCode, 0);
      assert.match(all, /to take it over, add `- Service\//);
    } finally {
      await relabel("=slipway", "=room");
    }
  });

  it("loses no request and no write when a control plane dies and comes back", async () => {
    const { summary, failedRequests, brokenByReturn } =
      await demonstration.withoutControlPlane(silent);
    console.log(`      ${summary}`);
    assert.equal(failedRequests, 0);
    assert.equal(brokenByReturn, 0, "its return broke writes");
    assert.equal(demonstration.measured.lostWrites, 0);
  });

  it("keeps answering when the edge that holds the address dies", async () => {
    console.log(`      ${await demonstration.withoutEdge(silent)}`);
    const { edgeGapSeconds } = demonstration.measured;
    assert.ok(edgeGapSeconds > 0);
  });

  itAll(
    "serves the certificates that the cluster keeps, as they are renewed, without an update",
    async () => {
      const { room } = demonstration;
      const kept = await KeptCertificates.in(room);
      await kept.put("shop", "first");
      // A login, and for each edge packages, proxy and certificates.
      assert.equal(await kept.commandsOf(async () => room.program.up()), 7);
      assert.equal(await kept.served("shop"), kept.serial("first"));
      // This one does not exist yet, nor does its namespace.
      assert.equal(await kept.served("late"), "placeholder");
      await kept.put("late", "late");
      await kept.put("shop", "second");
      await kept.ask();
      assert.equal(await kept.served("late"), kept.serial("late"));
      assert.equal(await kept.served("shop"), kept.serial("second"));
      // A certificate with another's key.
      await kept.put("shop", "first", "second");
      await assert.rejects(kept.ask(), /job for .* failed/i);
      assert.equal(await kept.served("shop"), kept.serial("second"));
      const flags = ["--yes", "--skip-preview", "--non-interactive", "--stack", "test"];
      let said = "";
      const commands = await kept.commandsOf(async () => {
        said = (await room.program.pulumi("up", ...flags)).all;
      });
      assert.equal(commands, 0);
      assert.match(said, /shop\.room\.test on e01: the Secret shop\/tls holds no certificate/);
      assert.match(said, /Resources:\n +\d+ unchanged\n/);
      const { stdout } = await room.program.pulumi("stack", "output", "edge", "--stack", "test");
      assert.deepEqual(JSON.parse(stdout), { address: room.entrance, certificateDays: 364 });
      // The permissions of the edges' login.
      assert.deepEqual(await kept.answers(["shop/tls", "shop/other", "kube-system/tls", "shop/"]), [
        ...["200", "403", "403", "403"],
      ]);
    },
  );

  itAll(
    "keeps the images that a stack may come back to, and cleans the machines of others",
    async () => {
      const { room } = demonstration;
      const { registry } = room.lab;
      const images = async (...flags: string[]): Promise<unknown[]> => {
        const args = ["images", "--stack", "test", "--json", ...flags];
        const { exitCode, stdout, stderr } = await room.program.slipway(...args);
        assert.equal(exitCode, 0, stderr);
        return (JSON.parse(stdout) as { machine: string; state: string }[]).map(
          ({ machine, state }) => `${machine}: ${state}`,
        );
      };
      const ctr = async (command: string): Promise<string> => {
        const { exitCode, stdout, stderr } = await room.lab.ssh(
          "t01",
          `sudo ctr -n k8s.io images ${command}`,
        );
        assert.equal(exitCode, 0, stderr);
        return stdout;
      };
      assert.deepEqual(await images(), ["w01: kept"]);
      // A version without a record, on a machine where nothing runs it.
      await pushExample(layout().cache, registry, "v0.9.0");
      const name = `${registry}/${imageRepository("back", example.name)}:v0.9.0`;
      await ctr(`pull --plain-http ${name}`);
      assert.deepEqual(await images(), ["t01: unneeded", "w01: kept"]);
      await images("--clean", "--yes");
      assert.deepEqual(await images(), ["w01: kept"]);
      const left = await ctr("ls");
      assert.ok(!left.includes(name) && left.includes("kube-apiserver"), left);
      const { stdout } = await room.lab.ssh("w01", "sudo ctr -n k8s.io images ls");
      assert.match(stdout, /sjzy\.package\.api@\S+ .*pinned=pinned/);
    },
  );

  itAll(
    "gives a canary its exact share of a NodePort's connections by the edges, and loses none",
    async () => {
      const { room } = demonstration;
      const project = "Packet.Counter";
      const port = 31_007;
      const settings = `name: ${project}
kind: back
port: ${example.port}
expose: nodePort
nodePort: 7
probes: { check: /healthz }
strategy: { kind: canary, steps: [{ weight: 20, pause: approval }, { weight: 70, pause: approval }] }
`;
      writeFileSync(join(room.program.folder, "projects", `${project}.yaml`), settings);
      const version = (tag: string): Promise<string> =>
        pushExample(layout().cache, room.lab.registry, tag, project);
      Object.assign(room.config, {
        nodePorts: { base: 31_000, next: 32_000 },
        releases: {
          ...(room.config["releases"] as object),
          [project]: { digest: await version("v1.0.0"), tag: "v1.0.0" },
        },
      });
      room.set({});
      await room.program.up();
      const url = `http://${room.entrance}:${port}/`;
      /** Who answered how often, each time on a new connection. */
      const answers = async (): Promise<Record<string, number>> => {
        const counts: Record<string, number> = {};
        for (let asked = 0; asked < 100; asked++) {
          const answer = await fetch(url, { headers: { connection: "close" } });
          const { version } = (await answer.json()) as { version: string };
          counts[version] = (counts[version] ?? 0) + 1;
        }
        return counts;
      };
      await eventually(async () => {
        assert.deepEqual(await answers(), { "1.0.0": 100 });
      });
      const digest = await version("v1.1.0");
      const load = startLoad({ url, pause: 20, keepAlive: 1, newConnections: 2, maxSeconds: 600 });
      for (const share of [20, 70, 100]) {
        const args = ["release", project, "--digest", digest, "--stack", "test", "--yes"];
        const { exitCode, all } = await room.program.slipway(...args);
        assert.equal(exitCode, 0, all);
        const { "1.1.0": canary = 0 } = await answers();
        // The load's own connections are balanced in between.
        assert.ok(Math.abs(canary - share) <= 12, `${canary} of 100 at ${share} %`);
      }
      assert.deepEqual(await answers(), { "1.1.0": 100 });
      const { failures, examples, requests } = await load.stop();
      assert.equal(failures, 0, examples.join("\n"));
      console.log(`      0 of ${requests} requests failed`);
      assert.deepEqual(changes(await room.program.up()), []);
    },
  );
});
