import { nodes } from "../network";
import type { KubernetesObject } from "./object";

const hostname = "kubernetes.io/hostname";
const taint = { key: "slipway/simulated", effect: "NoSchedule" } as const;

/** The node that kwok simulates. Tainted if there is a real one, so that it only gets pods sent to it. */
export function simulatedNode(tainted: boolean): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: nodes.simulated,
      labels: { [hostname]: nodes.simulated, "kubernetes.io/os": "linux" },
      annotations: { "kwok.x-k8s.io/node": "fake" },
    },
    spec: tainted ? { taints: [taint] } : {},
  };
}

/**
 * Sends pods to the simulated node if one of their images is not in the sandbox registry, because no other registry can be
 * reached. Changes DaemonSets as well: their pods are bound to nodes by name, which a pod's own fields cannot change.
 */
export function foreignImagePolicies(registry: string): KubernetesObject[] {
  return [
    ...policy({
      name: "slipway-foreign-pods",
      resource: { apiGroups: [""], resources: ["pods"], operations: ["CREATE"] },
      spec: "object.spec",
      path: "/spec",
      registry,
    }),
    ...policy({
      name: "slipway-foreign-daemonsets",
      resource: {
        apiGroups: ["apps"],
        resources: ["daemonsets"],
        operations: ["CREATE", "UPDATE"],
      },
      spec: "object.spec.template.spec",
      path: "/spec/template/spec",
      registry,
    }),
  ];
}

interface PolicyFacts {
  name: string;
  resource: { apiGroups: string[]; resources: string[]; operations: string[] };
  /** CEL expression of the pod specification. */
  spec: string;
  /** The same as a JSON pointer. */
  path: string;
  registry: string;
}

function policy({ name, resource, spec, path, registry }: PolicyFacts): KubernetesObject[] {
  const local = `c.image.startsWith("${registry}/")`;
  const toleration = `{"key": "${taint.key}", "operator": "Exists", "effect": "${taint.effect}"}`;
  return [
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingAdmissionPolicy",
      metadata: { name },
      spec: {
        failurePolicy: "Fail",
        reinvocationPolicy: "Never",
        matchConstraints: { resourceRules: [{ ...resource, apiVersions: ["v1"] }] },
        matchConditions: [
          {
            name: "an-image-is-foreign",
            expression: [
              `${spec}.containers.exists(c, !${local})`,
              `has(${spec}.initContainers) && ${spec}.initContainers.exists(c, !${local})`,
            ].join(" || "),
          },
          { name: "not-placed-by-hand", expression: `!has(${spec}.nodeName)` },
          {
            name: "not-sent-already",
            expression: `!(has(${spec}.nodeSelector) && "${hostname}" in ${spec}.nodeSelector && ${spec}.nodeSelector["${hostname}"] == "${nodes.simulated}")`,
          },
        ],
        mutations: [
          {
            patchType: "JSONPatch",
            jsonPatch: {
              // Other selectors are removed: the simulated node has none of their labels.
              expression: `
                (has(${spec}.tolerations) ? [] : [JSONPatch{op: "add", path: "${path}/tolerations", value: []}]) + [
                  JSONPatch{op: "add", path: "${path}/tolerations/-", value: ${toleration}},
                  JSONPatch{op: "add", path: "${path}/nodeSelector", value: {"${hostname}": "${nodes.simulated}"}}
                ]`,
            },
          },
        ],
      },
    },
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingAdmissionPolicyBinding",
      metadata: { name },
      spec: { policyName: name },
    },
  ];
}
