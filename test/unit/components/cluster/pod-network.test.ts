import assert from "node:assert/strict";
import { initConfig } from "../../../../components/cluster/kubeadm";
import { podNetworkBody } from "../../../../components/cluster/network";
import { planCluster } from "../../../../components/cluster/plan";
import { textHash } from "../../../../components/shared/machine/script";
import type { GatheredFacts } from "../../../../components/shared/machine/facts";
import { afterRun, allBlank, machines, violations, room } from "../../../support/room";
import { play } from "../../../support/shell";
import type { ClusterSpec } from "../../../../components/shared/cluster-spec";

const text = "kind: DaemonSet\n";
const spec = room({ podNetwork: { manifests: text } });

/** The room after an update, with the network recorded in the cluster. */
function converged(of: ClusterSpec, podNetwork?: string): Map<string, GatheredFacts> {
  return new Map(
    [...afterRun(of, allBlank(of))].map(([name, facts]) => {
      if ("unreachable" in facts || facts.cluster === undefined) return [name, facts];
      const more = podNetwork === undefined ? {} : { podNetwork };
      return [name, { ...facts, cluster: { ...facts.cluster, ...more } }];
    }),
  );
}
const due = (gathered: Map<string, GatheredFacts>): (string | undefined)[] =>
  planCluster(spec, gathered)
    .operations.flat()
    .filter(({ phase }) => phase === "pod-network")
    .map(({ why }) => why);

describe("a network of pods that manifests bring", () => {
  it("is no machine's business, and is brought when all are in", () => {
    const { phases, operations } = planCluster(spec, allBlank(spec));
    assert.ok(!phases.some(({ phase }) => phase === "network"));
    assert.equal(operations[0]?.[0]?.phase, "pod-network");
  });

  const cases: [string, Map<string, GatheredFacts>, string | undefined][] = [
    [
      "is due while there is none",
      converged(spec),
      "pods of different machines do not reach each other yet",
    ],
    ["is not due when it exists", converged(spec, textHash(text)), undefined],
    [
      "is due when its manifests have changed",
      converged(spec, "0123"),
      "the manifests of the pods' network have changed",
    ],
  ];
  for (const [title, gathered, why] of cases) {
    it(title, () => {
      assert.deepEqual(due(gathered), [why]);
    });
  }

  it("gives each node a part of the pods' network, as routes from here need not", () => {
    const [host = machines[0]] = machines;
    assert.ok(host !== undefined);
    const node = { host, cgroup: "v2" as const };
    assert.doesNotMatch(initConfig(spec, node), /allocate-node-cidrs/);
    assert.match(initConfig(room(), node), /allocate-node-cidrs\n +value: "false"/);
  });

  it("is applied from standard input, and remembered when the nodes are ready", () => {
    const kubectl = 'case "$*" in *apply*) cat >&2 ;; esac';
    const { calls } = play(podNetworkBody("abc"), { kubectl }, text);
    const [apply = "", wait = "", remember = ""] = calls;
    assert.match(apply, / apply --server-side .* -f -$/);
    assert.match(wait, / wait --for=condition=Ready nodes /);
    assert.match(remember, / annotate .* slipway\/pod-network=abc$/);
  });

  it("does not take the place of routes, nor they its", () => {
    const told = (given: string, allowed: string): string[][] => [
      [
        "podNetwork",
        `"${given}"`,
        `${allowed}, which the cluster was made with: its pods have addresses by it`,
        "put it back; another network of the pods is another cluster",
      ],
    ];
    assert.deepEqual(violations(spec, converged(room())), told("manifests", "routes"));
    assert.deepEqual(violations(room(), converged(spec, "0123")), told("routes", "manifests"));
  });
});
