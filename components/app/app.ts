import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PlatformComponent } from "../shared/component";
import type { IngressContract, PlacementContract, RegistryContract } from "../shared/contracts";
import { objectLabels, selectorLabels, unawaited } from "../shared/labels";
import { buildImage, type BuildArgs } from "./image";
import { ingressSpec, networkPolicySpec, type Route } from "./network";
import { secretProblems, specProblems, type AppSpec } from "./spec";
import {
  autoscalerSpec,
  budgetSpec,
  claimName,
  claimSpec,
  deploymentSpec,
  serviceSpec,
} from "./workload";

/** How volumes are kept. */
export interface StorageArgs {
  /** Storage class; the cluster's default when left out. */
  class?: string;
  /** Whether data outlives its project: protected while it is declared, left in the cluster when it no longer is. */
  keep: boolean;
}

/** Where a released image comes from. */
export interface Release {
  tag?: string;
  /** Commit of the project. */
  commit?: string;
  /** Commit of the config repository. */
  config?: string;
}

/** What an `App` is made from. */
export interface AppArgs {
  spec: AppSpec;
  /** What runs: an image that exists, by digest, or one that is built first. */
  image: { ref: string } | { build: BuildArgs };
  /** What the image was made from, for whoever looks at the Deployment. */
  release?: Release;
  /** The stack's secrets, of which `spec.secrets` names some. */
  secrets: Readonly<Record<string, pulumi.Input<string>>>;
  placement: PlacementContract;
  registry: RegistryContract;
  ingress: IngressContract;
  storage: StorageArgs;
}

/** One application project: its image, Deployment and Service, and all that makes them safe to run. */
export class App extends PlatformComponent {
  /** What runs, by digest. */
  public readonly image: pulumi.Output<string>;
  /** Where a shared Ingress leads to. */
  public readonly route: Route;

  private readonly metadata: {
    name: string;
    namespace: pulumi.Input<string>;
    labels: Record<string, string>;
  };
  private readonly selector: Record<string, string>;

  constructor(
    private readonly name: string,
    private readonly args: AppArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("App", name, opts);
    const { spec, placement, secrets } = args;
    this.refuse([...specProblems(spec), ...secretProblems(spec, Object.keys(secrets))]);
    const { system, namespace } = placement;
    const labels = objectLabels({ name, system, component: spec.kind, project: spec.project });
    this.metadata = { name, namespace, labels };
    this.selector = selectorLabels(name);
    this.route = { hosts: spec.hosts, path: spec.path, service: name, port: spec.port };

    this.image = this.runnableImage();
    this.identity();
    this.volumes();
    this.workload(this.secret());
    this.availability();
    this.network();
    this.registerOutputs({ image: this.image });
  }

  private runnableImage(): pulumi.Output<string> {
    const { image } = this.args;
    return "ref" in image
      ? pulumi.output(image.ref)
      : buildImage(this.name, image.build, this.child);
  }

  /** An account of its own, which the API server knows nothing good about: no role is ever bound to `default`. */
  private identity(): void {
    const { metadata } = this;
    new k8s.core.v1.ServiceAccount(
      this.name,
      { metadata, automountServiceAccountToken: false },
      this.child,
    );
  }

  private volumes(): void {
    const { spec, storage } = this.args;
    const options = { protect: storage.keep, retainOnDelete: storage.keep };
    for (const [volume, claim] of Object.entries(spec.volumes)) {
      const metadata = { ...this.metadata, name: claimName(this.name, volume) };
      new k8s.core.v1.PersistentVolumeClaim(
        `${this.name}-${volume}`,
        { metadata, spec: claimSpec(claim, storage.class) },
        pulumi.mergeOptions(this.child, options),
      );
    }
  }

  /**
   * Immutable and named by the engine: a changed value is a new Secret under a new name, which the pods take over by a
   * rolling update, and no hash of the value is written anywhere.
   */
  private secret(): pulumi.Output<string> | undefined {
    const { spec, secrets } = this.args;
    if (Object.keys(spec.secrets).length === 0) return undefined;
    const stringData: Record<string, pulumi.Output<string>> = {};
    for (const [variable, secret] of Object.entries(spec.secrets)) {
      const value = secrets[secret];
      if (value !== undefined) stringData[variable] = pulumi.secret(value);
    }
    const { namespace, labels } = this.metadata;
    const secret = new k8s.core.v1.Secret(
      this.name,
      { metadata: { namespace, labels }, immutable: true, stringData },
      this.child,
    );
    return secret.metadata.name;
  }

  private workload(secretName: pulumi.Output<string> | undefined): void {
    const { name, metadata, selector, image } = this;
    const { spec, registry, release } = this.args;
    const { labels } = metadata;
    const { pullSecret } = registry;
    const workload = { name, spec, image, labels, selector, secretName, pullSecret };
    new k8s.apps.v1.Deployment(
      name,
      { metadata: { ...metadata, ...provenance(release) }, spec: deploymentSpec(workload) },
      this.child,
    );
  }

  private availability(): void {
    const { name, metadata, selector } = this;
    const { spec } = this.args;
    if (spec.replicas > 1) {
      new k8s.policy.v1.PodDisruptionBudget(
        name,
        { metadata, spec: budgetSpec(selector) },
        this.child,
      );
    }
    if (spec.autoscale !== undefined) {
      const autoscaler = autoscalerSpec(name, spec.replicas, spec.autoscale);
      new k8s.autoscaling.v2.HorizontalPodAutoscaler(
        name,
        { metadata, spec: autoscaler },
        this.child,
      );
    }
  }

  private network(): void {
    const { name, metadata, selector, route } = this;
    const { spec, ingress } = this.args;
    const policy = networkPolicySpec(spec, selector, ingress);
    new k8s.networking.v1.NetworkPolicy(name, { metadata, spec: policy }, this.child);
    // The Deployment's readiness stands for the Service's as well; waiting for both costs ten seconds each time.
    new k8s.core.v1.Service(
      name,
      { metadata: unawaited(metadata), spec: serviceSpec(spec, selector) },
      this.child,
    );
    if (spec.expose === "ingress" && spec.ingress === "own") {
      const rules = ingressSpec(ingress.className, [route]);
      new k8s.networking.v1.Ingress(
        name,
        { metadata: unawaited(metadata), spec: rules },
        this.child,
      );
    }
  }
}

/** On the Deployment, not on its pods: a tag that moves to the same digest is no reason to restart anything. */
function provenance({ tag, commit, config }: Release = {}): {
  annotations?: Record<string, string>;
} {
  const annotations = Object.entries({ tag, commit, config }).flatMap(([key, value]) =>
    value === undefined ? [] : [[`slipway/${key}`, value] as const],
  );
  return annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) };
}
