import assert from "node:assert/strict";
import { traefik } from "../../../../components/ingress/image";
import { imageRef } from "../../../../components/shared/images";
import { readWith, type Differences } from "../../../support/checkout";
import { realSandbox, simulatedSandbox } from "../../../support/stacks";
import { readiness } from "../../../../components/shared/http";
import type { Controller } from "../../../../components/ingress/controller";

const managed = { controller: "managed", domain: "shop.example" };
const edges: Differences = {
  secret: ["slipway:secrets.key"],
  stack: {
    "slipway:secrets.key": "hunter2",
    edge: {
      address: "10.0.0.101",
      nodes: ["10.0.0.14"],
      ssh: { key: "key" },
      hosts: {
        e01: { address: "10.0.0.21", hostKey: "ssh-ed25519 AAAA" },
        e02: { address: "10.0.0.22", hostKey: "ssh-ed25519 AAAA" },
      },
    },
  },
};
const withEdges = (ingress: object): Differences => ({
  ...edges,
  stack: { ...edges.stack, ingress },
});
const pinned = imageRef(traefik);

/** Image, port and trusted proxies of our controller. */
const cases: [where: string, Differences, Partial<Controller>][] = [
  [
    "on a sandbox it is the sandbox's Traefik, found on a port of this machine",
    { sandbox: realSandbox },
    { image: realSandbox.templates?.traefik, port: 8080, trusted: [] },
  ],
  [
    "on simulated nodes nothing answers",
    { sandbox: simulatedSandbox },
    { image: pinned, port: undefined, trusted: [] },
  ],
  [
    "elsewhere it answers on port 80",
    { stack: { ingress: managed } },
    { image: pinned, port: 80, trusted: [] },
  ],
  [
    "behind edges it believes them",
    withEdges(managed),
    { image: pinned, port: 80, trusted: ["10.0.0.21", "10.0.0.22"] },
  ],
];

describe("an ingress controller of ours", () => {
  for (const [where, differences, wanted] of cases) {
    it(where, () => {
      const { controller } = readWith(differences).ingress;
      assert.deepEqual(controller, { kind: "managed", nodes: {}, ...wanted });
    });
  }

  it("is probed by the edges with a route, and somebody else's with any answer", () => {
    const ingressOf = (ingress: object) => readWith(withEdges(ingress)).edge?.spec.ingress;
    assert.deepEqual(ingressOf(managed), { http: 80, ready: readiness });
    const external = { controller: "external", namespace: "ingress", domain: "shop.example" };
    assert.deepEqual(ingressOf(external), { http: 80 });
  });
});
