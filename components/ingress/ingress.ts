import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { PlatformComponent } from "../shared/component";
import type { IngressContract } from "../shared/contracts";
import { objectLabels, selectorLabels } from "../shared/labels";
import { clusterRules, controllerClass, daemonSetSpec, networkPolicySpec } from "./traefik";

/** Who serves the Ingress objects. */
export type Controller =
  /** Ours: Traefik on every node, or on those with the given labels. */
  | { kind: "managed"; image: string; nodes: Record<string, string> }
  /** The sandbox's; it answers on a loopback port, or not at all where no pod is real. */
  | { kind: "sandbox"; port?: number }
  /** Somebody else's, in a namespace of this cluster; the class is theirs as well. */
  | { kind: "external"; namespace: string };

/** What an `Ingress` is made from. */
export interface IngressArgs {
  /** Class that Ingress objects name. */
  className: string;
  system: string;
  controller: Controller;
}

/** Namespace and name of the controller when it is ours. */
const managedName = "traefik";
const managedNamespace = "ingress";
const httpPort = 80;

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
    this.contract = contractOf(className, controller);
    if (controller.kind !== "external") this.ingressClass(args);
    if (controller.kind === "managed") this.traefik(args, controller);
    this.registerOutputs({});
  }

  private ingressClass({ className, system }: IngressArgs): void {
    const labels = objectLabels({ name: className, system, component: "ingress" });
    new k8s.networking.v1.IngressClass(
      `${this.name}-class`,
      { metadata: { name: className, labels }, spec: { controller: controllerClass } },
      this.child,
    );
  }

  private traefik(
    { className, system }: IngressArgs,
    { image, nodes }: Extract<Controller, { kind: "managed" }>,
  ): void {
    const name = managedName;
    const labels = objectLabels({ name, system, component: "ingress" });
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
    new k8s.rbac.v1.ClusterRoleBinding(
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
    const spec = daemonSetSpec({ name, image, nodes, className, labels, selector });
    new k8s.apps.v1.DaemonSet(child, { metadata: inside, spec }, this.child);
  }
}

/** Host ports are beyond the `baseline` standard; the namespace holds nothing but the controller. */
const hostPortsAllowed = {
  "pod-security.kubernetes.io/enforce": "privileged",
  "pod-security.kubernetes.io/warn": "baseline",
};

function contractOf(className: string, controller: Controller): IngressContract {
  switch (controller.kind) {
    case "managed":
      return { className, peers: [fromNamespace(managedNamespace)], port: httpPort };
    case "sandbox":
      // It runs beside the pods, not in one, and reaches them from the node's own address.
      return { className, peers: [{ ipBlock: { cidr: "0.0.0.0/0" } }], port: controller.port };
    case "external":
      return { className, peers: [fromNamespace(controller.namespace)], port: httpPort };
  }
}

const fromNamespace = (namespace: string) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
});
