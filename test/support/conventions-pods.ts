import { soundsSecret } from "../../components/shared/config/credentials";
import { imageRef, type PinnedImage } from "../../components/shared/images";
import { modules } from "../../src/modules";

/** The parts of a pod that the rules look at. */
export interface PodSpec {
  serviceAccountName?: string;
  automountServiceAccountToken?: boolean;
  securityContext?: { runAsNonRoot?: boolean; seccompProfile?: { type: string } };
  containers: Container[];
  initContainers?: Container[];
  volumes?: { name: string; persistentVolumeClaim?: { claimName: string } }[];
}
interface Container {
  name: string;
  image: string;
  ports?: { name?: string; containerPort: number }[];
  env?: { name: string; value?: string }[];
  resources?: Record<"requests" | "limits", Record<string, string> | undefined>;
  securityContext?: {
    readOnlyRootFilesystem?: boolean;
    allowPrivilegeEscalation?: boolean;
    capabilities?: { drop?: string[] };
  };
  volumeMounts?: { name: string }[];
  [probe: `${string}Probe`]: unknown;
}

/** Every rule for pods that one breaks. */
export function podRules(pod: PodSpec): (string | false)[] {
  const all = [...pod.containers, ...(pod.initContainers ?? [])];
  return [
    pod.securityContext?.runAsNonRoot !== true && "may run as root",
    pod.securityContext?.seccompProfile?.type !== "RuntimeDefault" && "has no seccomp profile",
    pod.automountServiceAccountToken === undefined && "leaves it open whether pods get a token",
    ...all.flatMap(containerRules),
    ...all.flatMap(({ volumeMounts = [] }) =>
      volumeMounts.map(
        ({ name }) =>
          !(pod.volumes ?? []).some((volume) => volume.name === name) &&
          `mounts ${name}, which is no volume`,
      ),
    ),
  ];
}

/** Images of versions.ts are pinned by version, as explained there; all others by digest. */
const pinned = new Set(
  modules.flatMap((part: { images?: Readonly<Record<string, PinnedImage>> }) =>
    Object.values(part.images ?? {}).map(imageRef),
  ),
);

function containerRules(container: Container): (string | false)[] {
  const { image, resources, securityContext, ports = [], env = [] } = container;
  return [
    !/@sha256:[0-9a-f]{64}$/.test(image) &&
      !pinned.has(image) &&
      `runs ${image}, which is not pinned by digest`,
    ...(["requests", "limits"] as const).flatMap((part) =>
      ["cpu", "memory"].map(
        (name) => resources?.[part]?.[name] === undefined && `has no ${part} of ${name}`,
      ),
    ),
    ...(["startupProbe", "readinessProbe", "livenessProbe"] as const).map(
      (probe) => ports.length > 0 && container[probe] === undefined && `has no ${probe}`,
    ),
    securityContext?.readOnlyRootFilesystem !== true && "may write to its root file system",
    securityContext?.allowPrivilegeEscalation !== false && "may escalate privileges",
    !(securityContext?.capabilities?.drop ?? []).includes("ALL") && "keeps capabilities",
    ...env.map(
      ({ name, value }) => soundsSecret(name) && value !== undefined && `has ${name} in plain text`,
    ),
  ];
}
