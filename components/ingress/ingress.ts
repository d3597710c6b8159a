import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PlatformComponent } from "../shared/component";
import type { IngressContract, RolloutContract } from "../shared/contracts";
import { objectLabels, ownerLabel, selectorLabels } from "../shared/labels";
import { besideName } from "../shared/names";
import {
  clusterRules,
  controllerClass,
  daemonSetSpec,
  networkPolicySpec,
  readinessSpec,
  selfSpec,
  serviceSpec,
} from "./traefik";
import { type Controller, managedNamespace, httpPort } from "./controller";

/** What an `Ingress` is made from. */
export interface IngressArgs {
  /** Name of the IngressClass, which Ingress objects refer to: `nginx`. */
  className: string;
  /** System that the objects belong to: `sjzy`. */
  system: string;
  /** Stack that it is of, by the namespace of its projects: of the stacks on a cluster one has the controller. */
  owner: string;
  /** Who serves the Ingress objects: Traefik of this stack, or somebody else's controller. */
  controller: Controller;
  /** Tells when the controller's pods are ready. */
  rollouts: RolloutContract;
}

/** How long the controllers of all nodes may take, one after the other, in seconds. */
const timeout = 600;

/** Namespace and name of the controller when it is ours. */
const managedName = "traefik";

/** The way in: the IngressClass, which stays ours when the controller behind it changes, and the controller. */
export class Ingress extends PlatformComponent {
  public readonly contract: IngressContract;

  constructor(
    private readonly name: string,
    args: IngressArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("Ingress", name, opts);
    const { className, controller } = args;
    this.contract = { ...contractOf(className, controller), ready: this };
    if (controller.kind === "managed") this.manage(args, controller);
    this.registerOutputs({});
  }

  /** The class, and Traefik in a namespace of its own with rights of its own. */
  private manage(args: IngressArgs, controller: Managed): void {
    const ingressClass = this.ingressClass(args);
    const inside = this.home(args);
    const rights = this.rights(inside);
    this.network(inside);
    const ready = this.readiness(inside, args.className);
    // One that starts before it may read which classes there are would serve none until its next start.
    this.traefik(args, controller, { inside, dependsOn: [ingressClass, rights, ...ready] });
  }

  private ingressClass({ className, system, owner }: IngressArgs): pulumi.Resource {
    const labels = {
      ...objectLabels({ name: className, system, component: "ingress" }),
      [ownerLabel]: owner,
    };
    return new k8s.networking.v1.IngressClass(
      `${this.name}-class`,
      { metadata: { name: className, labels }, spec: { controller: controllerClass } },
      this.child,
    );
  }

  /** The namespace; what it holds has its name, and begins after it. */
  private home({ system, owner }: IngressArgs): Inside {
    const name = managedName;
    const labels = { ...podLabels(system), [ownerLabel]: owner };
    const { metadata } = new k8s.core.v1.Namespace(
      `${this.name}-controller`,
      { metadata: { name: managedNamespace, labels: { ...labels, ...hostPortsAllowed } } },
      this.child,
    );
    return { name, namespace: metadata.name, labels };
  }

  /** An account, and what it may read in the whole cluster. */
  private rights({ name, namespace, labels }: Inside): pulumi.Resource {
    const child = `${this.name}-controller`;
    const account = new k8s.core.v1.ServiceAccount(
      child,
      { metadata: { name, namespace, labels }, automountServiceAccountToken: false },
      this.child,
    );
    const metadata = { name: `slipway-${name}`, labels };
    const role = new k8s.rbac.v1.ClusterRole(child, { metadata, rules: clusterRules }, this.child);
    const apiGroup = "rbac.authorization.k8s.io";
    return new k8s.rbac.v1.ClusterRoleBinding(
      child,
      {
        metadata,
        roleRef: { apiGroup, kind: "ClusterRole", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace }],
      },
      this.child,
    );
  }

  /** Who may reach its pods, and the Service whose address every Ingress gets. */
  private network(metadata: Inside): void {
    const child = `${this.name}-controller`;
    const selector = selectorLabels(metadata.name);
    new k8s.networking.v1.NetworkPolicy(
      child,
      { metadata, spec: networkPolicySpec(selector) },
      this.child,
    );
    new k8s.core.v1.Service(child, { metadata, spec: serviceSpec(selector) }, this.child);
  }

  /** What a controller is asked for before it counts as ready. */
  private readiness(inside: Inside, className: string): pulumi.Resource[] {
    const child = `${this.name}-ready`;
    const metadata = { ...inside, name: besideName(inside.name, "ready") };
    const self = new k8s.core.v1.Service(child, { metadata, spec: selfSpec }, this.child);
    const spec = readinessSpec(className, metadata.name);
    return [self, new k8s.networking.v1.Ingress(child, { metadata, spec }, this.child)];
  }

  private traefik(
    { className, system, rollouts }: IngressArgs,
    { image, nodes, trusted }: Managed,
    { inside, dependsOn }: { inside: Inside; dependsOn: pulumi.Resource[] },
  ): void {
    const { name } = inside;
    const spec = daemonSetSpec({
      name,
      image,
      nodes,
      className,
      labels: podLabels(system),
      selector: selectorLabels(name),
      published: `${managedNamespace}/${name}`,
      trusted,
    });
    const daemonSet = new k8s.apps.v1.DaemonSet(
      `${this.name}-controller`,
      { metadata: inside, spec },
      pulumi.mergeOptions(this.child, { dependsOn }),
    );
    rollouts.watch(daemonSet, timeout);
  }
}

type Managed = Extract<Controller, { kind: "managed" }>;

const podLabels = (system: string): Record<string, string> =>
  objectLabels({ name: managedName, system, component: "ingress" });

/** Metadata of what is in the controller's namespace. */
interface Inside {
  name: string;
  namespace: pulumi.Output<string>;
  labels: Record<string, string>;
}

/** Host ports are beyond the `baseline` standard; the namespace holds nothing but the controller. */
const hostPortsAllowed = {
  "pod-security.kubernetes.io/enforce": "privileged",
  "pod-security.kubernetes.io/warn": "baseline",
};

function contractOf(className: string, controller: Controller): Omit<IngressContract, "ready"> {
  switch (controller.kind) {
    case "managed": {
      const { port } = controller;
      return { className, peers: [fromNamespace(managedNamespace)], port };
    }
    case "external":
      return { className, peers: [fromNamespace(controller.namespace)], port: httpPort };
  }
}

const fromNamespace = (namespace: string) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
});
