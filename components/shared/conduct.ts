import * as pulumi from "@pulumi/pulumi";

/** How the Kubernetes plugin treats the objects of a kind. */
interface Conduct {
  annotations: Readonly<Record<string, string>>;
  /** Immutable fields that the plugin does not know as such: a change replaces the object, which holds no data. */
  immutable?: readonly string[];
}

/**
 * An update restores declared fields that `kubectl scale`, `kubectl edit` or a controller has changed, and only those. Fields
 * that an autoscaler, an operator or a webhook has added stay theirs, and an autoscaler's `spec.replicas` is not declared again
 * (`ignoreChanges` in `deployment.ts`). Fields that kubectl has added do not stay: the plugin takes them over and drops
 * undeclared ones (docs/shared-cluster.md).
 */
const forced = { "pulumi.com/patchForce": "true" };

/** The plugin does not wait for it. */
const unawaited = { "pulumi.com/skipAwait": "true" };

/**
 * The plugin only writes it; the program itself waits for it (`RolloutContract`). Unlike `skipAwait`, which also affects
 * deletions, this leaves the plugin waiting until a deleted object is gone.
 */
const written = { "pulumi.com/waitFor": "jsonpath={.metadata.uid}" };

const conducts: Readonly<Record<string, Conduct>> = {
  Deployment: { annotations: { ...forced, ...written } },
  DaemonSet: { annotations: { ...forced, ...written } },
  Job: { annotations: { ...forced, ...written } },
  // It is ready with the Deployment behind it; the plugin would wait ten seconds for endpoints.
  Service: { annotations: { ...forced, ...unawaited } },
  // Not every controller gives it an address, and the program waits for its pods anyway.
  Ingress: { annotations: { ...forced, ...unawaited } },
  IngressClass: { annotations: forced, immutable: ["spec.controller"] },
  // It is bound when the first pod uses it. Not forced: an enlarged claim stays enlarged, and the conflict names who did it.
  PersistentVolumeClaim: { annotations: unawaited },
};

const usual: Conduct = { annotations: forced };

/** Sets the plugin's annotations and options for every object below a component; no other place does. */
export const conduct: pulumi.ResourceTransformation = ({ type, props, opts }) => {
  const [plugin, , kind = ""] = type.split(":");
  if (plugin !== "kubernetes") return undefined;
  const { annotations, immutable = [] } = conducts[kind] ?? usual;
  const { metadata, ...rest } = props as { metadata: Metadata };
  return {
    props: {
      ...rest,
      metadata: { ...metadata, annotations: { ...annotations, ...metadata.annotations } },
    },
    opts:
      immutable.length === 0
        ? opts
        : pulumi.mergeOptions(opts, {
            replaceOnChanges: [...immutable],
            deleteBeforeReplace: true,
          }),
  };
};

interface Metadata {
  annotations?: Record<string, pulumi.Input<string>>;
}
