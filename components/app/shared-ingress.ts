import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { PlatformComponent } from "../shared/component";
import { objectLabels } from "../shared/labels";
import { sharedIngressName } from "../shared/names";
import type { PlacementContract } from "../shared/contracts";
import { ingressSpec, type Route } from "./network";

/** What an Ingress has that the program does not declare itself. */
export interface IngressBesides {
  /** Annotations that the program does not set. */
  annotations: Readonly<Record<string, string>>;
  /** Of its spec, without rules and class. */
  spec: k8s.types.input.networking.v1.IngressSpec;
}

/** What a `SharedIngress` is made from. */
export interface SharedIngressArgs {
  /** Namespace of the Ingress, and the system that it is named after. */
  placement: PlacementContract;
  /** Class that it names: `nginx`. */
  className: string;
  /** One for each project that shares it; at least one. */
  routes: readonly Route[];
  /** Left as it stands; the plugin would take away what it is not told. @default nothing */
  besides?: IngressBesides | undefined;
}

/** The one Ingress `<system>-front-ingress` that leads to all projects with `ingress: shared`. */
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
