import * as pulumi from "@pulumi/pulumi";

/** How the Kubernetes plugin goes about the objects of a kind. */
interface Conduct {
  annotations: Readonly<Record<string, string>>;
  /** Fields that the server never changes, where the plugin does not know it: the object is made anew, and holds nothing. */
  immutable?: readonly string[];
}

/**
 * What the program declares is so after an update, whoever has changed it meanwhile: `kubectl scale`, `kubectl edit`, a
 * controller. Only those fields are taken back; what an autoscaler, an operator or a webhook has added stays theirs, and a
 * Deployment's `spec.replicas` is not declared again where it is an autoscaler's (`ignoreChanges` in `deployment.ts`). What kubectl has
 * added does not: the plugin takes its fields over and drops those that are not declared (docs/shared-cluster.md).
 */
const forced = { "pulumi.com/patchForce": "true" };

/** Not waited for. */
const unawaited = { "pulumi.com/skipAwait": "true" };

/**
 * Only written: the program itself waits for it (`RolloutContract`). Other than `skipAwait`, which the plugin applies to
 * deletions too, this leaves it waiting until what it deletes is gone.
 */
const written = { "pulumi.com/waitFor": "jsonpath={.metadata.uid}" };

const conducts: Readonly<Record<string, Conduct>> = {
  Deployment: { annotations: { ...forced, ...written } },
  DaemonSet: { annotations: { ...forced, ...written } },
  Job: { annotations: { ...forced, ...written } },
  // Ready with the Deployment behind it; the plugin would wait ten seconds for what it need not know.
  Service: { annotations: { ...forced, ...unawaited } },
  // Not every controller gives it an address, and its pods are waited for by themselves.
  Ingress: { annotations: { ...forced, ...unawaited } },
  IngressClass: { annotations: forced, immutable: ["spec.controller"] },
  // Bound when the first pod asks for it. Not forced: who has enlarged it did so for good, and is named as the one it is held by.
  PersistentVolumeClaim: { annotations: unawaited },
};

const usual: Conduct = { annotations: forced };

/** Tells the plugin, of every object below a component, how to go about it: the one place where that is decided. */
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
