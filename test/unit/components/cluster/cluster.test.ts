import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "../../../../components/cluster/cluster";
import { planCluster } from "../../../../components/cluster/plan";
import type { FactsByHost, GatheredFacts } from "../../../../components/shared/machine/facts";
import type { ClusterSpec } from "../../../../components/shared/cluster-spec";
import { record, type Recorded } from "../../../support/record";
import { afterRun, allBlank, blank, machine, machines, room } from "../../../support/room";

const keys = { roomKey: pulumi.secret("key") };

/** Commands of the cluster, in the order of their declaration. */
async function declare(spec: ClusterSpec, found: FactsByHost): Promise<Recorded[]> {
  const names: string[] = [];
  const note: pulumi.ResourceTransformation = ({ name }) => {
    names.push(name);
    return undefined;
  };
  const { resources } = await record("test", () => {
    new Cluster(
      "room",
      { spec, plan: planCluster(spec, found), keys },
      { transformations: [note] },
    );
  });
  return names.flatMap((name) => resources.filter((each) => each.custom && each.name === name));
}

const short = (name: string): string => name.replace(/^.*::/, "").replace(/^room-/, "");

/** `t02-join: t02-network, ticket`: each command after those that it waits for. */
const order = (commands: readonly Recorded[]): string[] =>
  commands.map(({ name, dependsOn }) =>
    [short(name), dependsOn.map(short).sort().join(", ")].join(": "),
  );

/** The commands whose names match, without the preparation of machines. */
const later = (commands: readonly Recorded[], names: RegExp): string[] =>
  order(commands.filter(({ name }) => names.test(name)));

const spec = room();
const converged = (): Map<string, GatheredFacts> => afterRun(spec, allBlank());
const leaves = (name: string): ClusterSpec =>
  room({ hosts: machines.map((host) => ({ ...host, absent: host.name === name })) });

describe("the order of a cluster's commands", () => {
  it("is this, of a new one as a whole", async () => {
    assert.deepEqual(order(await declare(spec, allBlank())), [
      "t01-packages: ",
      "t01-system: t01-packages",
      "t01-runtime: t01-system",
      "t01-balancer: t01-runtime",
      "t01-network: t01-balancer",
      "t01-init: t01-network",
      "t02-packages: ",
      "t02-system: t02-packages",
      "t02-runtime: t02-system",
      "t02-balancer: t02-runtime",
      "t02-network: t02-balancer",
      "t03-packages: ",
      "t03-system: t03-packages",
      "t03-runtime: t03-system",
      "t03-balancer: t03-runtime",
      "t03-network: t03-balancer",
      "t04-packages: ",
      "t04-system: t04-packages",
      "t04-runtime: t04-system",
      "t04-network: t04-runtime",
      "ticket: t01-init, t02-network, t03-network, t04-network",
      "t02-join: t02-network, ticket",
      "t03-join: t02-join, t03-network, ticket",
      "t04-join: t04-network, ticket",
      "spread: t01-init, t02-join, t03-join, t04-join",
      "kubeconfig: t01-init, t02-join, t03-join, t04-join",
    ]);
  });

  it("lets a living machine leave when all others are there", async () => {
    assert.deepEqual(later(await declare(leaves("t04"), converged()), /forget|reset|kubeconfig/), [
      "t04-forget: t01-init, t02-join, t03-join",
      "t04-reset: t01-init, t02-join, t03-join, t04-forget",
      "kubeconfig: t01-init, t02-join, t03-join",
    ]);
  });

  it("takes a dead machine out before the one that has its name now joins", async () => {
    const found = new Map([
      ...converged(),
      ["t03", blank("t03", { machineId: "another" })] as const,
    ]);
    assert.deepEqual(later(await declare(spec, found), /ticket|forget|join/), [
      "ticket: t01-init, t02-network, t03-network, t04-network",
      "t03-forget: t03-network",
      "t02-join: t02-network, t03-forget, ticket",
      "t03-join: t02-join, t03-forget, ticket",
      "t04-join: t04-network, ticket",
    ]);
  });

  it("takes a dead machine out before one of another name joins in its place", async () => {
    const hosts = [
      ...machines.map((host) => ({ ...host, absent: host.name === "t03" })),
      machine("t05", "control-plane"),
    ];
    const found = new Map<string, GatheredFacts>([
      ...converged(),
      ["t03", { unreachable: "no route to host" }],
      ["t05", blank("t05")],
    ]);
    assert.deepEqual(later(await declare(room({ hosts }), found), /forget|t05-join/), [
      "t03-forget: ",
      "t05-join: t02-join, t05-network, ticket",
    ]);
  });

  it("upgrades machines one after the other, and reads the kubeconfig after new certificates", async () => {
    const old = [...converged()].map(
      ([name, facts]) => [name, { ...facts, certificateDays: 3 }] as const,
    );
    const commands = await declare(room({ version: "v1.36.2" }), new Map(old));
    assert.deepEqual(later(commands, /drain|upgrade|uncordon|renew|spread|kubeconfig/), [
      "t01-renew: t01-init, t02-join, t03-join, t04-join",
      "t02-renew: t01-renew, t02-join, t03-join, t04-join",
      "t03-renew: t01-renew, t02-renew, t03-join, t04-join",
      "t01-drain: t01-renew, t02-renew, t03-renew, t04-join",
      "t01-upgrade: t01-drain, t01-renew, t02-renew, t03-renew, t04-join",
      "t01-uncordon: t01-renew, t01-upgrade, t02-renew, t03-renew, t04-join",
      "t02-drain: t01-uncordon, t02-renew, t03-renew, t04-join",
      "t02-upgrade: t01-uncordon, t02-drain, t02-renew, t03-renew, t04-join",
      "t02-uncordon: t01-uncordon, t02-renew, t02-upgrade, t03-renew, t04-join",
      "t03-drain: t01-uncordon, t02-uncordon, t03-renew, t04-join",
      "t03-upgrade: t01-uncordon, t02-uncordon, t03-drain, t03-renew, t04-join",
      "t03-uncordon: t01-uncordon, t02-uncordon, t03-renew, t03-upgrade, t04-join",
      "t04-drain: t01-uncordon, t02-uncordon, t03-uncordon, t04-join",
      "t04-upgrade: t01-uncordon, t02-uncordon, t03-uncordon, t04-drain, t04-join",
      "t04-uncordon: t01-uncordon, t02-uncordon, t03-uncordon, t04-join, t04-upgrade",
      "spread: t01-uncordon, t02-uncordon, t03-uncordon, t04-uncordon",
      "kubeconfig: t01-init, t01-renew, t02-join, t02-renew, t03-join, t03-renew, t04-join",
    ]);
  });
});
