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

  constructor(args: AppNamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    const { system, environment, quota, registry, keep } = args;
    const name = namespaceName(system, environment);
    super("AppNamespace", name, opts);
    const labels = {
      "app.kubernetes.io/part-of": system,
      [managedLabel]: "slipway",
    };
    const metadata = { name, labels: { ...labels, ...podSecurityLabels } };
    const namespace = new k8s.core.v1.Namespace(
      name,
      { metadata },
      pulumi.mergeOptions(this.child, { retainOnDelete: keep }),
    );

    // An Output, so that whatever is put into the namespace is created after it.
    this.placement = { namespace: namespace.metadata.name, system };
    const named = (child: string) => ({ name: child, namespace: this.placement.namespace, labels });
    new k8s.core.v1.ResourceQuota(
      `${name}-quota`,
      { metadata: named("quota"), spec: { hard: quotaSpec(quota) } },
      this.child,
    );
    new k8s.core.v1.LimitRange(
      `${name}-limits`,
      {
        metadata: named("limits"),
        spec: { limits: [{ type: "Container", ...containerDefaults }] },
      },
      this.child,
    );
    new k8s.networking.v1.NetworkPolicy(
      `${name}-default-deny`,
      { metadata: named("default-deny"), spec: denyAll },
      this.child,
    );
    new k8s.networking.v1.NetworkPolicy(
      `${name}-allow-dns`,
      { metadata: named("allow-dns"), spec: allowDns },
      this.child,
    );
    if ("user" in registry) {
      const stringData = { ".dockerconfigjson": dockerConfig(registry) };
      new k8s.core.v1.Secret(
        `${name}-registry`,
        { metadata: named(pullSecretName), type: "kubernetes.io/dockerconfigjson", stringData },
        this.child,
      );
    }
    this.registry =
      "user" in registry
        ? { host: registry.host, pullSecret: pullSecretName }
        : { host: registry.host };
    this.registerOutputs({ namespace: name });
  }
}

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
