import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  chooseHostPorts,
  listeningPorts,
  type NodePortEntry,
} from "../../../../sandbox/ingress/hostports";
import type { NodePort } from "../../../../sandbox/ingress/model";

const port = (nodePort: number): NodePort => ({
  ...{ name: `nodeport:shop:s${nodePort}:80`, service: `shop/s${nodePort}`, port: 80, nodePort },
  servers: [],
});
const shown = (nodePort: number, hostPort: number): NodePortEntry => ({
  ...{ service: `shop/s${nodePort}`, port: 80, nodePort, hostPort },
});

describe("ports of the host for node ports", () => {
  const cases: [
    title: string,
    nodePorts: number[],
    shown: NodePortEntry[],
    taken: number[],
    hostPorts: number[],
  ][] = [
    ["their own where they are free", [31001, 31002], [], [80], [31001, 31002]],
    ["the next where they are taken", [31001], [], [31001], [31002]],
    ["not the node port of another", [31001, 31002], [], [31001], [31003, 31002]],
    ["not one that is taken as well", [31001], [], [31001, 31002, 31003], [31004]],
    ["different ones, though two are taken", [31001, 31002], [], [31001, 31002], [31003, 31004]],
    [
      "as before, though HAProxy itself listens there",
      [31001],
      [shown(31001, 31001)],
      [31001],
      [31001],
    ],
    ["as before, though theirs is free again", [31001], [shown(31001, 31005)], [31005], [31005]],
    ["anew for another node port", [31002], [shown(31001, 31001)], [31001], [31002]],
  ];
  for (const [title, nodePorts, before, taken, hostPorts] of cases) {
    it(title, () => {
      const chosen = chooseHostPorts(nodePorts.map(port), before, new Set(taken));
      assert.deepEqual(
        chosen.map(({ hostPort }) => hostPort),
        hostPorts,
      );
    });
  }

  it("are never shared, nor taken from others", () => {
    const ports = fc.uniqueArray(fc.integer({ min: 31_000, max: 31_020 }), { maxLength: 15 });
    fc.assert(
      fc.property(ports, ports, (nodePorts, taken) => {
        const chosen = chooseHostPorts(nodePorts.map(port), [], new Set(taken));
        const numbers = chosen.map(({ hostPort }) => hostPort);
        assert.equal(new Set(numbers).size, numbers.length);
        assert.ok(numbers.every((number) => !taken.includes(number)));
      }),
    );
  });

  it("are found taken by who listens on them at the loopback or everywhere", () => {
    const text = [
      "  sl  local_address rem_address   st tx_queue rx_queue",
      "   0: 0100007F:7919 00000000:0000 0A 00000000:00000000",
      "   1: 00000000:791A 00000000:0000 0A 00000000:00000000",
      "   2: 0A00000A:791B 00000000:0000 0A 00000000:00000000",
      "   3: 0100007F:791C 0100007F:0050 01 00000000:00000000",
      "   4: 00000000000000000000000000000000:791D 00000000000000000000000000000000:0000 0A 0",
      "   5: 0000000000000000FFFF00000100007F:791E 00000000000000000000000000000000:0000 0A 0",
    ].join("\n");
    assert.deepEqual([...listeningPorts(text)], [31001, 31002, 31005, 31006]);
  });
});
