import { outputsOf } from "../shared/config/secrets";
import { isKnown } from "../shared/machine/facts";
import { keysOf } from "../shared/machine/keys";
import type { DeclareArgs, Declared } from "../shared/module";
import { Edge } from "./edge";
import { activeHosts } from "./spec";
import type { EdgeTypes } from "./types";

/** Declares the edges. */
export function declareEdge({
  settings,
  plan,
  needs,
  context,
}: DeclareArgs<EdgeTypes>): Declared<EdgeTypes> {
  if (plan === undefined) throw new Error("edges are planned before they are declared");
  const { spec, pems } = settings;
  const { address, nodes } = spec;
  const { secrets } = context;
  const { cluster, namespace, ingress } = needs;
  const keys = { ...cluster.keys, ...outputsOf(secrets, keysOf(spec.hosts)) };
  const certificates = Object.entries(pems).flatMap(([host, name]) => {
    const pem = secrets.output(name);
    return pem === undefined ? [] : [[host, pem] as const];
  });
  const after = [...cluster.ready, namespace.ready, ingress.ready];
  const ready = new Edge("edge", {
    spec,
    plan,
    keys,
    pems: Object.fromEntries(certificates),
    after,
  });
  const machines = activeHosts(spec).flatMap((host) => {
    const facts = plan.gathered.get(host.name);
    return isKnown(facts) ? [{ host, facts }] : [];
  });
  const { certificateDays } = plan;
  const days = certificateDays === undefined ? {} : { certificateDays };
  return {
    contract: { address, nodes, machines, keys, ready },
    outputs: { edge: { address, ...days } },
  };
}
