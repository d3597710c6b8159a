/** A condition on an object: a jq expression, compared with values. */
interface Requirement {
  key: string;
  operator: "Exists" | "DoesNotExist" | "In" | "NotIn";
  values?: readonly string[];
}

const isReady: Requirement = {
  key: '.status.conditions.[] | select( .type == "Ready" ) | .status',
  operator: "In",
  values: ["True"],
};
const notReady: Requirement = { ...isReady, operator: "NotIn" };
const deleted: Requirement = { key: ".metadata.deletionTimestamp", operator: "Exists" };
const notDeleted: Requirement = { ...deleted, operator: "DoesNotExist" };
const ownedByJob: Requirement = {
  key: ".metadata.ownerReferences.[].kind",
  operator: "In",
  values: ["Job"],
};
const phaseIs = (phase: string): Requirement => ({
  key: ".status.phase",
  operator: "In",
  values: [phase],
});

/** The same conditions for a node that becomes ready, and one that stays so. */
const nodeConditions = `
{{ $now := Now }}
conditions:
{{ range NodeConditions }}
- type: {{ .type | Quote }}
  status: {{ .status | Quote }}
  reason: {{ .reason | Quote }}
  message: {{ .message | Quote }}
  lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $.metadata.creationTimestamp | Quote }}
{{ end }}`;

/**
 * What kwok does with objects on the simulated node: each stage waits for matching objects of a kind, then writes their status.
 * The templates are Go's, and they produce YAML.
 */
export const stages: readonly object[] = [
  stage("node-ready", {
    kind: "Node",
    when: [notReady],
    next: {
      statusTemplate: `
${nodeConditions}
addresses:
- { type: InternalIP, address: {{ NodeIP | Quote }} }
- { type: Hostname, address: {{ .metadata.name | Quote }} }
allocatable: &resources { cpu: "1000", memory: 1Ti, ephemeral-storage: 1Ti, pods: "10000" }
capacity: *resources
nodeInfo:
  architecture: amd64
  bootID: ""
  containerRuntimeVersion: kwok://simulated
  kernelVersion: simulated
  kubeProxyVersion: ""
  kubeletVersion: simulated
  machineID: ""
  operatingSystem: linux
  osImage: simulated by kwok
  systemUUID: ""
`,
    },
  }),
  // In place of a lease, which a killed kwok would leave behind and its successor would wait for.
  stage("node-heartbeat", {
    kind: "Node",
    when: [isReady],
    every: 15_000,
    next: { statusTemplate: nodeConditions },
  }),
  stage("pod-ready", {
    kind: "Pod",
    when: [notDeleted, phaseIs("Pending"), notReady],
    next: {
      statusTemplate: `
{{ $now := Now }}
phase: Running
startTime: {{ $now | Quote }}
conditions:
{{ range $type := list "PodScheduled" "Initialized" "ContainersReady" "Ready" }}
- { type: {{ $type }}, status: "True", lastTransitionTime: {{ $now | Quote }} }
{{ end }}
{{ range .spec.readinessGates }}
- { type: {{ .conditionType | Quote }}, status: "True", lastTransitionTime: {{ $now | Quote }} }
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: true
  started: true
  restartCount: 0
  state: { running: { startedAt: {{ $now | Quote }} } }
{{ end }}
{{ if .spec.initContainers }}
initContainerStatuses:
{{ range .spec.initContainers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: true
  restartCount: 0
{{ if eq ( or .restartPolicy "" ) "Always" }}
  started: true
  state: { running: { startedAt: {{ $now | Quote }} } }
{{ else }}
  state: { terminated: { exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }} } }
{{ end }}
{{ end }}
{{ end }}
hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
podIP: {{ PodIPWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) .metadata.name .metadata.namespace | Quote }}
`,
    },
  }),
  stage("pod-complete", {
    kind: "Pod",
    when: [notDeleted, phaseIs("Running"), ownedByJob],
    next: {
      statusTemplate: `
{{ $now := Now }}
phase: Succeeded
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: false
  started: false
  restartCount: 0
  state: { terminated: { exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }} } }
{{ end }}
`,
    },
  }),
  stage("pod-delete", { kind: "Pod", when: [deleted], next: { delete: true } }),
];

interface Stage {
  kind: "Node" | "Pod";
  when: readonly Requirement[];
  /** Runs this many milliseconds after the object begins to match, and again while it matches. */
  every?: number;
  next: { statusTemplate: string } | { delete: true };
}

function stage(name: string, { kind, when, every, next }: Stage): object {
  return {
    apiVersion: "kwok.x-k8s.io/v1alpha1",
    kind: "Stage",
    metadata: { name },
    spec: {
      resourceRef: { apiGroup: "v1", kind },
      selector: { matchExpressions: when },
      ...(every === undefined
        ? {}
        : { delay: { durationMilliseconds: every }, immediateNextStage: true }),
      next,
    },
  };
}
