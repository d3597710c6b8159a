import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { edges, EdgeLab, hosts, nodePort, nodes, project, spare } from "../../support/edge-lab";
import { eventually } from "../../../sandbox/eventually";
import { startLoad, type Load } from "../../../sandbox/room/load";
import { changes } from "../../../sandbox/program-copy";
import { walkOnLabAll } from "../../support/lab";

/**
 * Edges from nothing, by the program and the engine as they ship, on hosts reached only by SSH. Each test continues where the
 * previous one ended.
 */
walkOnLabAll("the edge", function () {
  this.timeout(600_000);
  let room: EdgeLab;

  before(async () => {
    room = await EdgeLab.start("edge");
  });
  after(async () => {
    await room.stop();
  });

  /** A client's timeout is short only while a machine in its path dies, because it limits the precision of the measured gap. */
  const load = (timeout = 10_000): Load =>
    startLoad({
      url: `http://${room.address}/`,
      headers: { host: hosts.shop },
      pause: 10,
      timeout,
      versionHeader: "x-node",
      maxSeconds: 300,
    });
  const servesOn = async (names: readonly string[]): Promise<void> => {
    await eventually(async () => {
      for (const name of names)
        await room.root(
          name,
          `systemctl is-active haproxy keepalived && ss -Hltn | grep -q ":${nodePort} "`,
        );
    });
  };
  /** The edge that holds the address fails in some way, under load, and comes back. */
  const without = async (go: "kill" | "cut", back: "boot" | "heal"): Promise<void> => {
    await servesOn(edges);
    const holder = await room.holder();
    const running = load(1_000);
    await running.answered(200);
    await room.lab[go](holder);
    const goodBefore = running.report.statuses["200"] ?? 0;
    await eventually(() => {
      assert.ok((running.report.statuses["200"] ?? 0) > goodBefore + 200);
      return Promise.resolve();
    });
    const { failures, longestGap, requests } = { ...running.report };
    await room.lab[back](holder);
    await servesOn(edges);
    await running.answered(400);
    const report = await running.stop();
    console.log(
      `      ${go}: longest gap ${(longestGap / 1000).toFixed(2)} s, ${failures} of ${requests} requests failed`,
    );
    // A disconnected machine still believes that it holds the address, until it hears from the other.
    if (back === "boot") {
      const broken = `its return broke requests: ${report.examples.join("; ")}`;
      assert.equal(report.failures, failures, broken);
      assert.notEqual(await room.holder(), holder);
    }
    await eventually(async () => {
      assert.equal((await room.holders()).length, 1);
    });
  };

  it("is made by one update, and has nothing to be done the second time", async () => {
    await room.program.up();
    assert.deepEqual(changes(await room.program.up()), []);
    await servesOn(edges);
    const { stdout } = await room.program.pulumi("stack", "output", "edge", "--stack", "test");
    assert.deepEqual(JSON.parse(stdout), { address: room.address, certificateDays: 364 });
  });

  it("leads to the ingress controller, by HTTP and HTTPS, with the client's address and scheme", async () => {
    const from = room.lab.network.gateway.replace(/254$/, "1");
    assert.match(await room.get(hosts.shop), new RegExp(`^n0[12] http ${from} 200$`));
    assert.match((await room.secure(hosts.shop)).text, new RegExp(`^n0[12] https ${from} $`));
  });

  it("leads to the NodePort of a project", async () => {
    assert.match(await room.get("any", "/", nodePort), /^n0[12] nodeport 200$/);
  });

  it("opens nothing but its ports, and those on its address only", async () => {
    const listening = await room.root(edges[0] ?? "", "ss -Hltn");
    const opened = listening.split("\n").map((line) => line.split(/\s+/)[3] ?? "");
    assert.deepEqual(opened.filter((each) => !each.endsWith(":22")).sort(), [
      `${room.address}:${nodePort}`,
      `${room.address}:443`,
      `${room.address}:80`,
    ]);
  });

  it("lets nobody from elsewhere ask for a host name that is not for everybody, however it is written", async () => {
    assert.match(await room.get(hosts.admin), / 200$/);
    for (const host of [
      hosts.closed,
      hosts.closed.toUpperCase(),
      `${hosts.closed}.`,
      `${hosts.closed}:80`,
    ])
      assert.match(await room.get(host), /403$/, host);
  });

  it("writes a line of JSON for each request and connection, without queries", async () => {
    const marked = "/marked?token=not-for-logs";
    await room.get(hosts.shop, marked);
    await room.get("any", "/", nodePort);
    const holder = await room.holder();
    await eventually(async () => {
      const lines = await room.log(holder);
      const request = lines.find(({ path }) => path === "/marked");
      assert.deepEqual(
        {
          ...request,
          time: 0,
          client: "",
          server: "",
          bytes: 0,
          responseMs: 0,
          totalMs: 0,
          requestMs: 0,
          connectMs: 0,
        },
        {
          time: 0,
          client: "",
          scheme: "http",
          host: hosts.shop,
          method: "GET",
          path: "/marked",
          status: 200,
          bytes: 0,
          requestMs: 0,
          queueMs: 0,
          connectMs: 0,
          responseMs: 0,
          totalMs: 0,
          backend: "ingress",
          server: "",
          end: "--",
          project: "-",
        },
      );
      assert.ok(lines.some((line) => line["port"] === nodePort && line["project"] === project));
    });
    assert.doesNotMatch(await room.root(holder, "journalctl --no-pager"), /not-for-logs/);
  });

  it("reloads its configuration under load twenty times, and no request fails", async () => {
    const holder = await room.holder();
    const running = load();
    await running.answered(100);
    await room.root(holder, "for each in $(seq 20); do systemctl reload haproxy; sleep 0.3; done");
    await running.answered(100);
    const report = await running.stop();
    console.log(`      20 reloads: ${report.failures} of ${report.requests} requests failed`);
    assert.equal(report.failures, 0, report.examples.join("; "));
  });

  it("asks another node when one dies, and no request fails", async () => {
    const running = load();
    await running.answered(100);
    const [node = ""] = nodes;
    await room.root(node, "systemctl kill -s KILL haproxy; systemctl stop haproxy");
    await running.answered(300);
    const report = await running.stop();
    await room.root(node, "systemctl start haproxy");
    console.log(
      `      a node's controller killed: ${report.failures} of ${report.requests} requests failed`,
    );
    assert.equal(report.failures, 0, report.examples.join("; "));
  });

  it("serves a new certificate after an update, without a request that fails", async () => {
    const before = await room.secure(hosts.shop);
    const certificate = await room.certify();
    const running = load();
    await room.program.up();
    const report = await running.stop();
    assert.equal(report.failures, 0, report.examples.join("; "));
    const { serial } = await room.secure(hosts.shop);
    assert.equal(serial, new X509Certificate(certificate).serialNumber);
    assert.notEqual(serial, before.serial);
  });

  it("keeps the old configuration if the new one is invalid, and names the machine", async () => {
    const broken = "/etc/haproxy/slipway/broken.cfg";
    await room.root("e02", `echo nonsense > ${broken}`);
    room.set({ allow: {} });
    const { exitCode, all } = await room.program.pulumi(
      "up",
      "--yes",
      "--skip-preview",
      "--stack",
      "test",
      "--non-interactive",
    );
    assert.notEqual(exitCode, 0, all);
    assert.match(all, /edge-proxy of e02/);
    assert.match(all, /HAProxy refuses the new configuration, and goes on with the old one/);
    await servesOn(edges);
    const kept = await room.root("e02", "cat /etc/haproxy/slipway/00-edge.cfg");
    assert.match(kept, /deny_status 403/);
    await room.root("e02", `rm ${broken}`);
    await room.program.up();
    assert.match(await room.get(hosts.closed), / 200$/);
  });

  it("keeps working when the machine that holds the address is killed, and takes it back", async () => {
    await without("kill", "boot");
  });

  it("keeps working when that machine is off the network, and takes it back", async () => {
    await without("cut", "heal");
  });

  it("leaves a machine that is down as it is", async () => {
    const holder = await room.holder();
    const other = edges.find((name) => name !== holder) ?? "";
    await room.lab.kill(other);
    room.set({ redirect: true });
    await room.program.up();
    assert.match(await room.get(hosts.shop), /308$/);
    await room.lab.boot(other);
    await servesOn(edges);
    await room.program.up();
    const caughtUp = await room.root(other, "cat /etc/haproxy/slipway/00-edge.cfg");
    assert.match(caughtUp, /redirect scheme https/);
  });

  it("lets the machine that holds the address leave, and another replace it", async () => {
    const leaver = await room.holder();
    const all = room.edge["hosts"] as Record<string, object>;
    const running = load(1_000);
    await running.answered(100);
    const left = { ...all[leaver], absent: true };
    room.set({ hosts: { ...all, [leaver]: left, [spare]: room.reach(spare) } });
    await room.program.up();
    const { failures, requests, longestGap } = await running.stop();
    console.log(
      `      ${failures} of ${requests} requests failed, longest gap ${(longestGap / 1000).toFixed(2)} s`,
    );
    const now = [...edges, spare].filter((name) => name !== leaver);
    await servesOn(now);
    const holders = await room.holders();
    assert.ok(holders.length === 1 && now.includes(holders[0] ?? ""), holders.join());
    assert.equal(await room.root(leaver, "find /etc/haproxy/ -name slipway\\*"), "");
    assert.equal(await room.root(leaver, "ss -Hltn | grep -v :22 || true"), "");
    assert.match(await room.get(hosts.shop), /(200|308)$/);
    assert.deepEqual(changes(await room.program.up()), []);
    room.set({ hosts: { ...all, [spare]: { ...room.reach(spare), absent: true } } });
    await room.program.up();
    await servesOn(edges);
    assert.deepEqual(changes(await room.program.up()), []);
  });

  it("keeps every secret out of what is written of it", async () => {
    const { stdout } = await room.program.pulumi("stack", "export", "--stack", "test");
    assert.ok(stdout.includes("e01-edge-proxy"));
    for (const name of edges) {
      const kept = await room.root(name, "stat -c %a /etc/haproxy/slipway/certificates/*");
      assert.deepEqual(new Set(kept.split("\n")), new Set(["600"]));
      const summary = await room.root(
        name,
        "journalctl --no-pager; cat /etc/haproxy/slipway/*.cfg",
      );
      for (const text of [stdout, summary]) assert.doesNotMatch(text, /PRIVATE KEY/);
    }
  });
});
