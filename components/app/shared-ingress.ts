import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { PlatformComponent } from "../shared/component";
import { objectLabels } from "../shared/labels";
import { sharedIngressName } from "../shared/names";
import type { PlacementContract } from "../shared/contracts";
import { ingressSpec, type Route } from "./network";

/** Fields of an Ingress that the program does not declare itself. */
export interface IngressBesides {
  /** Annotations that the program does not set. */
  annotations: Readonly<Record<string, string>>;
  /** Fields of its spec, without rules and class. */
  spec: k8s.types.input.networking.v1.IngressSpec;
}

/** What a `SharedIngress` is made from. */
export interface SharedIngressArgs {
  /** Namespace of the Ingress, and the system that it is named after. */
  placement: PlacementContract;
  /** Its ingress class: `nginx`. */
  className: string;
  /** One for each project that shares it; at least one. */
  routes: readonly Route[];
  /** Fields kept as they are in the cluster; the plugin would remove undeclared ones. @default nothing */
  besides?: IngressBesides | undefined;
}

/** The one Ingress `<system>-front-ingress` that routes to all projects with `ingress: shared`. */
export class SharedIngress extends PlatformComponent {
  constructor(args: SharedIngressArgs, opts?: pulumi.ComponentResourceOptions) {
    const { placement, className, routes, besides } = args;
    const { system, namespace } = placement;
    const name = sharedIngressName(system);
    super("SharedIngress", name, opts);
    const labels = objectLabels({ name, system, component: "ingress" });
    new k8s.networking.v1.Ingress(
      name,
      {
        metadata: { name, namespace, labels, annotations: besides?.annotations ?? {} },
        spec: { ...besides?.spec, ...ingressSpec(className, routes) },
      },
      this.child,
    );
    this.registerOutputs({});
  }
}
