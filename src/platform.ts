import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { EtcdBackup } from "../components/backup/etcd-backup";
import { Cluster } from "../components/cluster/cluster";
import { Edge } from "../components/edge/edge";
import { Ingress } from "../components/ingress/ingress";
import { AppNamespace } from "../components/namespace/namespace";
import { isKnown } from "../components/shared/machine/facts";
import { namespaceName } from "../components/shared/names";
import { staying } from "../components/edge/spec";
import type {
  EdgeContract,
  IngressContract,
  PlacementContract,
  RegistryContract,
  RolloutContract,
} from "../components/shared/contracts";
import { declareApps, type ProjectOutput } from "./apps";
import { Api } from "./rollout/api";
import { unwatched, type Watching } from "./rollout/rollouts";
import type { Settings } from "./settings";
import { ownEndpoint } from "./settings/cluster";
import type { StandingIngress } from "./standing/routes";
import type { Watch } from "./standing/watch";

/** What the projects of a stack stand on. */
export interface Platform {
  placement: PlacementContract;
  registry: RegistryContract;
  ingress: IngressContract;
  rollouts: RolloutContract;
  /** Machines that lead into the cluster; absent where the stack has none. */
  edge?: EdgeContract;
  /** Lets what has been declared by now go to the engine. */
  pass: () => void;
  /** For every component: the stack's one cluster. */
  options: pulumi.ComponentResourceOptions;
  /** What there is to tell of a cluster that is made here. */
  told: Pick<Outputs, "kubeconfig" | "certificateDays" | "edge" | "etcdBackup">;
}

/** What a stack tells: `pulumi stack output`. */
export interface Outputs {
  /** Every project that runs, by its name in Gitea. */
  projects: Record<string, ProjectOutput>;
  /** One sentence for each thing that is not the real one. */
  simulated: readonly string[];
  /** An administrator's kubeconfig of a cluster that is made here; secret. */
  kubeconfig?: pulumi.Output<string>;
  /** Days until the first certificate of its control plane ends. */
  certificateDays?: number;
  /** Address of the edges, and days until the first of their certificates ends. */
  edge?: { address: string; certificateDays?: number };
  /** When etcd's newest backup was whole, and when a drill of it went well. */
  etcdBackup?: { newest?: string; drilled?: string };
}

/** What an update is limited to, and what has been looked at before. */
export interface Limits {
  /** Name in Gitea of the one project that is updated. */
  only?: string | undefined;
  /** The way to a cluster that is there already, and what must not be lost in it. */
  api?: Api;
  watch?: Watch;
  /** The Ingress that projects share, as it stands. */
  shared?: StandingIngress | undefined;
}

/**
 * Declares a stack, components in the order they stand on each other. An update that is limited to `only` one project needs
 * no other declared, and declaring a thousand takes half a minute; without such limits, what is left out is deleted.
 */
export async function declareStack(
  settings: Settings,
  rollouts: Watching,
  { only, shared, ...looked }: Limits = {},
): Promise<Outputs> {
  const { images, stack, simulated } = settings;
  if (images.leftOut.length > 0) {
    const names = images.leftOut.join(", ");
    void pulumi.log.info(`not in ${stack}, for want of a record in slipway:releases: ${names}`);
  }
  if (pulumi.runtime.isDryRun() && only === undefined) tellWhoIsShutIn(images.projects);
  const platform = declarePlatform(settings, rollouts, { only, ...looked });
  const projects = await declareApps(settings, platform, { only, shared });
  return { projects, simulated, ...platform.told };
}

/** So many names stand in a line. */
const mostNames = 10;

/** Says whose pods reach nothing outside: works without a word where nothing enforces policies, as in the sandbox. */
function tellWhoIsShutIn(projects: Settings["images"]["projects"]): void {
  const names = projects
    .filter(({ spec: { egress } }) => egress !== "any" && egress.length === 0)
    .map(({ spec }) => spec.project);
  if (names.length === 0) return;
  const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : "";
  void pulumi.log.info(
    `reach nothing but each other and DNS, for want of \`egress\` in their files: ${names.slice(0, mostNames).join(", ")}${more}`,
  );
}

/** The way to a cluster, and a lasting name: without it, another address would replace everything that was ever declared. */
function clusterOf({ cluster, etcdBackup }: Settings): {
  provider: Pick<k8s.ProviderArgs, "kubeconfig" | "context" | "clusterIdentifier">;
  /** The way to one that is made here, once it is. */
  own?: Promise<Api>;
  made?: Cluster;
  told: Platform["told"];
} {
  if (cluster.kind === "kubeconfig") {
    const { kubeconfig, context, identifier } = cluster;
    return {
      provider: { kubeconfig, context, clusterIdentifier: identifier },
      told: {},
    };
  }
  const { spec, certificateDays } = cluster;
  const made = new Cluster(spec.name, cluster);
  const { kubeconfig } = made;
  if (etcdBackup !== undefined) new EtcdBackup("etcd-backup", etcdBackup, { dependsOn: made });
  return {
    provider: { kubeconfig, clusterIdentifier: spec.name },
    own: new Promise((done) => {
      kubeconfig.apply((text) => {
        done(new Api({ endpoint: ownEndpoint(text) }));
      });
    }),
    made,
    told: {
      kubeconfig,
      ...(certificateDays === undefined ? {} : { certificateDays }),
      ...(etcdBackup === undefined ? {} : { etcdBackup: etcdBackup.plan.standing }),
    },
  };
}

/** The edges, where a stack has any. */
function edgeOf(
  { edge }: Settings,
  after: readonly pulumi.Resource[],
): { contract?: EdgeContract; told: Platform["told"] } {
  if (edge === undefined) return { told: {} };
  const { spec, found, keys, certificateDays } = edge;
  const { address, nodes } = spec;
  const ready = new Edge("edge", { ...edge, after });
  const machines = staying(spec).flatMap((host) => {
    const facts = found.get(host.name);
    return isKnown(facts) ? [{ host, facts }] : [];
  });
  const days = certificateDays === undefined ? {} : { certificateDays };
  return {
    contract: { address, nodes, machines, keys, ready },
    told: { edge: { address, ...days } },
  };
}

function declarePlatform(
  settings: Settings,
  rollouts: Watching,
  { only, api, watch }: Limits,
): Platform {
  const { stack, system, quota, storage, registry, ingress, kubernetesPlugin: version } = settings;
  const { provider: reached, own, made, told } = clusterOf(settings);
  const way = api ?? own;
  if (way !== undefined) rollouts.reach(way);
  const args = {
    ...reached,
    enableServerSideApply: true,
    // A changed ConfigMap or Secret is an update; what must be new for each value says so by `immutable`.
    enableConfigMapMutable: true,
    enableSecretMutable: true,
    // From 4.29 on the plugin would refuse what `Watch` lets it take over: what is named, and what was left to be found again.
    upsertExistingObjects: true,
  };
  const provider = new k8s.Provider("cluster", args, version === undefined ? {} : { version });
  const transformations = watch === undefined ? [] : [watch.transformation];
  const options = { providers: { kubernetes: provider }, transformations };
  const namespace = new AppNamespace(
    { system, environment: stack, quota, registry, keep: storage.keep },
    options,
  );
  const entrance = new Ingress(
    "ingress",
    {
      ...{ ...ingress, system, owner: namespaceName(system, stack) },
      rollouts: only === undefined ? rollouts : unwatched,
    },
    options,
  );
  const edge = edgeOf(settings, [...(made === undefined ? [] : [made]), namespace, entrance]);
  return {
    placement: namespace.placement,
    registry: namespace.registry,
    ingress: entrance.contract,
    rollouts,
    ...(edge.contract === undefined ? {} : { edge: edge.contract }),
    pass: () => watch?.pass(),
    options,
    told: { ...told, ...edge.told },
  };
}
