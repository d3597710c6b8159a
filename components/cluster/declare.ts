import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ClusterContract } from "../shared/contracts";
import type { DeclareArgs, Declared } from "../shared/module";
import { outputsOf } from "../shared/config/secrets";
import { Cluster } from "./cluster";
import { keysOf } from "../shared/machine/keys";
import type { ClusterTypes } from "./types";

/** Declares the cluster where this stack creates it, and the provider for everything in it. */
export function declareCluster({
  settings,
  plan,
  context,
}: DeclareArgs<ClusterTypes>): Declared<ClusterTypes> {
  if (settings.kind === "kubeconfig") {
    const { kubeconfig, context: name, identifier } = settings;
    const contract = reached({ kubeconfig, context: name, clusterIdentifier: identifier }, context);
    return { contract: { ...contract, keys: {}, ready: [] } };
  }
  if (plan === undefined) throw new Error("a cluster on hosts is planned before it is declared");
  const { spec } = settings;
  const keys = outputsOf(context.secrets, keysOf(spec.hosts));
  const cluster = new Cluster(spec.name, { spec, plan, keys });
  const { kubeconfig } = cluster;
  context.made(kubeconfig);
  const contract = reached({ kubeconfig, clusterIdentifier: spec.name }, context);
  const { certificateDays } = plan;
  return {
    contract: { ...contract, keys, ready: [cluster] },
    outputs: { kubeconfig, ...(certificateDays === undefined ? {} : { certificateDays }) },
  };
}

/** Provider arguments; a stable identifier prevents replacement of every object when the address changes. */
function reached(
  args: Pick<k8s.ProviderArgs, "kubeconfig" | "context" | "clusterIdentifier">,
  { env, transformations }: DeclareArgs<ClusterTypes>["context"],
): Pick<ClusterContract, "options"> {
  // The plugin's version, where it differs from the SDK's, as in the sandbox.
  const version = env["SLIPWAY_KUBERNETES_PLUGIN"];
  const provider = new k8s.Provider(
    "cluster",
    {
      ...args,
      enableServerSideApply: true,
      // A changed ConfigMap or Secret is an update; objects that need a new name for each value set `immutable`.
      enableConfigMapMutable: true,
      enableSecretMutable: true,
      // Since 4.29 the plugin would refuse existing objects that `Watch` allows it to adopt.
      upsertExistingObjects: true,
    },
    version === undefined ? {} : { version },
  );
  const options: pulumi.ComponentResourceOptions = {
    providers: { kubernetes: provider },
    transformations,
  };
  return { options };
}
