/** What an object must be like: a jq expression of it, compared. */
interface Requirement {
  key: string;
  operator: "Exists" | "DoesNotExist" | "In" | "NotIn";
  values?: readonly string[];
}

const notReady: Requirement = {
  key: '.status.conditions.[] | select( .type == "Ready" ) | .status',
  operator: "NotIn",
  values: ["True"],
};
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

/**
 * What kwok makes of objects on the simulated node: each stage waits for objects of a kind that match, then writes their
 * status. The templates are Go's, and their result is YAML.
 */
export const stages: readonly object[] = [
  stage("node-ready", "Node", [notReady], {
    statusTemplate: `
{{ $now := Now }}
conditions:
{{ range NodeConditions }}
- type: {{ .type | Quote }}
  status: {{ .status | Quote }}
  reason: {{ .reason | Quote }}
  message: {{ .message | Quote }}
  lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
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
  }),
  stage("pod-ready", "Pod", [notDeleted, phaseIs("Pending"), notReady], {
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
  }),
  stage("pod-complete", "Pod", [notDeleted, phaseIs("Running"), ownedByJob], {
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
  }),
  stage("pod-delete", "Pod", [deleted], { delete: true }),
];

function stage(
  name: string,
  kind: "Node" | "Pod",
  matchExpressions: readonly Requirement[],
  next: { statusTemplate: string } | { delete: true },
): object {
  return {
    apiVersion: "kwok.x-k8s.io/v1alpha1",
    kind: "Stage",
    metadata: { name },
    spec: { resourceRef: { apiGroup: "v1", kind }, selector: { matchExpressions }, next },
  };
}
