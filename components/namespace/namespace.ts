import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PlatformComponent } from "../shared/component";
import type { PlacementContract, RegistryContract } from "../shared/contracts";
import { managedLabel } from "../shared/labels";
import { namespaceName, pullSecretName } from "../shared/names";
import type { Bytes, Cpu } from "../shared/units";

/** What all projects of a namespace may use together. */
export interface Quota {
  /** Sum of all CPU requests, in cores: `32`, or `500m` for thousandths. */
  cpu: Cpu;
  /** Sum of all memory requests: `64Gi`. */
  memory: Bytes;
  /** Number of pods. */
  pods: number;
  /** Number of persistent volume claims. */
  volumes: number;
}

/** Who may pull from the registry. */
export interface PullCredentials {
  /** Registry, with its port: `harbor:8080`. */
  host: string;
  /** User of the registry. */
  user: string;
  /** Password of the user; it stays secret. */
  password: pulumi.Input<string>;
}

/** What an `AppNamespace` is made from. */
export interface AppNamespaceArgs {
  /** System whose projects run in it, the first part of its name: `sjzy`. */
  system: string;
  /** Name of the stack, the second part of its name: `uat`. */
  environment: string;
  /** What all of its pods may request together. */
  quota: Quota;
  /** Registry of the projects' images, with credentials where it is not open to its nodes. */
  registry: { host: string } | PullCredentials;
  /** Whether it stays when the stack no longer has it: what projects have left in it would go with it. */
  keep: boolean;
}

/** What a container gets that states nothing; ours state everything, so this is for what others start here. */
const containerDefaults = {
  default: { cpu: "500m", memory: "256Mi" },
  defaultRequest: { cpu: "50m", memory: "64Mi" },
};

/** The namespace of one system in one environment: a quota, limits, a closed network, and the strictest pod standard. */
export class AppNamespace extends PlatformComponent {
  public readonly placement: PlacementContract;
  public readonly registry: RegistryContract;

  private readonly name: string;

  constructor(args: AppNamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    const { system, environment, quota, registry, keep } = args;
    const name = namespaceName(system, environment);
    super("AppNamespace", name, opts);
    this.name = name;
    const labels = labelsOf(system);

    // An Output, so that whatever is put into the namespace is created after it.
    const namespace = this.namespace(labels, keep);
    this.placement = { namespace, system };
    const named = (child: string): Metadata => ({ name: child, namespace, labels });
    this.limits(quota, named);
    this.network(named);
    this.registry = this.credentials(registry, named);
    this.registerOutputs({ namespace: name });
  }

  private namespace(labels: Record<string, string>, keep: boolean): pulumi.Output<string> {
    const { metadata } = new k8s.core.v1.Namespace(
      this.name,
      { metadata: { name: this.name, labels: { ...labels, ...podSecurityLabels } } },
      pulumi.mergeOptions(this.child, { retainOnDelete: keep }),
    );
    return metadata.name;
  }

  /** What all containers may have together, and what one gets that states nothing. */
  private limits(quota: Quota, named: (child: string) => Metadata): void {
    new k8s.core.v1.ResourceQuota(
      `${this.name}-quota`,
      { metadata: named("quota"), spec: { hard: quotaSpec(quota) } },
      this.child,
    );
    new k8s.core.v1.LimitRange(
      `${this.name}-limits`,
      {
        metadata: named("limits"),
        spec: { limits: [{ type: "Container", ...containerDefaults }] },
      },
      this.child,
    );
  }

  /** Nothing gets in or out but questions to DNS; projects open what they need. */
  private network(named: (child: string) => Metadata): void {
    for (const [child, spec] of Object.entries({ "default-deny": denyAll, "allow-dns": allowDns }))
      new k8s.networking.v1.NetworkPolicy(
        `${this.name}-${child}`,
        { metadata: named(child), spec },
        this.child,
      );
  }

  /** What nodes pull with, where the registry is not open to them. */
  private credentials(
    registry: AppNamespaceArgs["registry"],
    named: (child: string) => Metadata,
  ): RegistryContract {
    const { host } = registry;
    if (!("user" in registry)) return { host };
    new k8s.core.v1.Secret(
      `${this.name}-registry`,
      {
        metadata: named(pullSecretName),
        type: "kubernetes.io/dockerconfigjson",
        stringData: { ".dockerconfigjson": dockerConfig(registry) },
      },
      this.child,
    );
    return { host, pullSecret: pullSecretName };
  }
}

/** Metadata of what is in the namespace. */
interface Metadata {
  name: string;
  namespace: pulumi.Output<string>;
  labels: Record<string, string>;
}

const labelsOf = (system: string): Record<string, string> => ({
  "app.kubernetes.io/part-of": system,
  [managedLabel]: "slipway",
});

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
const podSecurityLabels = {
  "pod-security.kubernetes.io/enforce": "restricted",
  "pod-security.kubernetes.io/warn": "restricted",
};

const denyAll: k8s.types.input.networking.v1.NetworkPolicySpec = {
  podSelector: {},
  policyTypes: ["Ingress", "Egress"],
};

const allowDns: k8s.types.input.networking.v1.NetworkPolicySpec = {
  podSelector: {},
  policyTypes: ["Egress"],
  egress: [
    {
      to: [
        {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
          podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
        },
      ],
      ports: [
        { protocol: "UDP", port: 53 },
        { protocol: "TCP", port: 53 },
      ],
    },
  ],
};

/** Requests count, not limits: limits say how far a burst may go, not what must be kept free. */
const quotaSpec = ({ cpu, memory, pods, volumes }: Quota): Record<string, string> => ({
  "requests.cpu": cpu,
  "requests.memory": memory,
  pods: String(pods),
  persistentvolumeclaims: String(volumes),
});

/** https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/ */
function dockerConfig({ host, user, password }: PullCredentials): pulumi.Output<string> {
  return pulumi.secret(password).apply((plain) => {
    const auth = Buffer.from(`${user}:${plain}`).toString("base64");
    return JSON.stringify({ auths: { [host]: { username: user, password: plain, auth } } });
  });
}
