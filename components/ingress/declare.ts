import type { DeclareArgs, Declared } from "../shared/module";
import { Ingress } from "./ingress";
import type { IngressTypes } from "./types";

/** Declares the IngressClass and the controller. */
export function declareIngress({
  settings,
  needs,
  context,
}: DeclareArgs<IngressTypes>): Declared<IngressTypes> {
  const args = { ...settings, rollouts: context.platformRollouts };
  return { contract: new Ingress("ingress", args, needs.cluster.options).contract };
}
