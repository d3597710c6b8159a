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
    if (controller.kind === "managed") this.traefik(args, controller, this.ingressClass(args));
    this.registerOutputs({});
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

  private traefik(
    { className, system, owner, rollouts }: IngressArgs,
    { image, nodes, trusted }: Extract<Controller, { kind: "managed" }>,
    ingressClass: pulumi.Resource,
  ): void {
    const name = managedName;
    const podLabels = objectLabels({ name, system, component: "ingress" });
    const labels = { ...podLabels, [ownerLabel]: owner };
    const selector = selectorLabels(name);
    const child = `${this.name}-controller`;
    const { metadata } = new k8s.core.v1.Namespace(
      child,
      { metadata: { name: managedNamespace, labels: { ...labels, ...hostPortsAllowed } } },
      this.child,
    );
    const inside = { name, namespace: metadata.name, labels };
    const account = new k8s.core.v1.ServiceAccount(
      child,
      { metadata: inside, automountServiceAccountToken: false },
      this.child,
    );
    const role = new k8s.rbac.v1.ClusterRole(
      child,
      { metadata: { name: `slipway-${name}`, labels }, rules: clusterRules },
      this.child,
    );
    const rights = new k8s.rbac.v1.ClusterRoleBinding(
      child,
      {
        metadata: { name: `slipway-${name}`, labels },
        roleRef: {
          apiGroup: "rbac.authorization.k8s.io",
          kind: "ClusterRole",
          name: role.metadata.name,
        },
        subjects: [
          { kind: "ServiceAccount", name: account.metadata.name, namespace: metadata.name },
        ],
      },
      this.child,
    );
    new k8s.networking.v1.NetworkPolicy(
      child,
      { metadata: inside, spec: networkPolicySpec(selector) },
      this.child,
    );
    new k8s.core.v1.Service(child, { metadata: inside, spec: serviceSpec(selector) }, this.child);
    const published = `${managedNamespace}/${name}`;
    const spec = daemonSetSpec({
      name,
      image,
      nodes,
      className,
      labels: podLabels,
      selector,
      published,
      trusted,
    });
    // One that starts before it may read which classes there are would serve none until its next start.
    const dependsOn = [ingressClass, rights, ...this.readiness(inside, className)];
    const daemonSet = new k8s.apps.v1.DaemonSet(
      child,
      { metadata: inside, spec },
      pulumi.mergeOptions(this.child, { dependsOn }),
    );
    rollouts.watch(daemonSet, timeout);
  }

  /** What a controller is asked for before it counts as ready. */
  private readiness(inside: Inside, className: string): pulumi.Resource[] {
    const child = `${this.name}-ready`;
    const metadata = { ...inside, name: besideName(inside.name, "ready") };
    const self = new k8s.core.v1.Service(child, { metadata, spec: selfSpec }, this.child);
    const spec = readinessSpec(className, metadata.name);
    return [self, new k8s.networking.v1.Ingress(child, { metadata, spec }, this.child)];
  }
}

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
