import * as assert from "node:assert/strict";
import type { Context } from "../../../../sandbox/cluster/context";
import { ingressUnits, nodePortsPath } from "../../../../sandbox/ingress/units";
import { Options } from "../../../../sandbox/ingress/options";

describe("the Ingress' processes", () => {
  const layout = { name: "x", id: "0", cache: "/cache", state: "/state" };
  const ports = { apiserver: 20_001, registry: 20_002, ingress: 20_003 };
  const units = ingressUnits({ layout, ports } as Context);
  const fileOf = (path: string) =>
    units.flatMap(({ files = [] }) => files).find((file) => file.path === path)?.text ?? "";

  it("are a gateway, a HAProxy and its controller", () => {
    assert.deepEqual(
      units.map(({ name, after, ready }) => [name, after, ready]),
      [
        ["gateway", [], { kind: "unix", path: "/state/run/gateway.sock" }],
        ["ingress", [], { kind: "unix", path: "/state/run/ingress.sock" }],
        ["ingress-controller", ["kube-apiserver", "objects", "ingress"], undefined],
      ],
    );
  });

  it("find the configuration that they are given", () => {
    for (const { command, files = [] } of units) {
      const config = command.at(-1);
      assert.ok(
        files.some(({ path }) => path === config),
        `nobody writes ${config}`,
      );
    }
  });

  it("show API server and registry on the host whatever becomes of the Ingress", () => {
    const gateway = fileOf("/state/etc/gateway.cfg");
    assert.match(
      gateway,
      /bind 127\.0\.0\.1:20001 namespace host\n {4}server inside 127\.0\.0\.1:20001/,
    );
    assert.match(
      gateway,
      /bind 127\.0\.0\.1:20002 namespace host\n {4}server inside 127\.0\.0\.1:20002/,
    );
    assert.doesNotMatch(gateway, /20003/);
  });

  it("start without a route and without a node port", () => {
    assert.equal(fileOf("/state/etc/ingress/hosts.map"), "");
    assert.match(
      fileOf("/state/etc/ingress/haproxy.cfg"),
      /bind 127\.0\.0\.1:20003 namespace host/,
    );
    assert.equal(fileOf(nodePortsPath(layout)), "[]\n");
  });

  it("tell the controller where everything is", () => {
    const options = Options.parse(JSON.parse(fileOf("/state/etc/ingress-controller.json")));
    assert.deepEqual(options, {
      access: {
        ...{ url: "https://127.0.0.1:20001", ca: "/state/pki/ca.crt" },
        ...{ cert: "/state/pki/ingress.crt", key: "/state/pki/ingress.key" },
      },
      ...{ config: "/state/etc/ingress", master: "/state/run/ingress.sock" },
      ...{ nodePorts: "/state/nodeports.json", port: 20_003, namespace: "host" },
      simulatedNodes: ["slipway-simulated"],
    });
  });
});
