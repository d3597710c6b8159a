import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import {
  containerSecurity,
  defaultUser,
  podSecurity,
  quietPod,
  smallResources,
  smallScratch,
} from "../shared/pod";

/** What a pull is made from. */
export interface PullArgs {
  /** Image to have on every node, by digest. */
  image: pulumi.Input<string>;
  /** Image with a static busybox, by digest. */
  probeImage: string;
  /** Service account of the project. */
  account: string;
  /** Selector of the pods; part of `labels`. */
  selector: Record<string, string>;
  /** All labels of the pods. */
  labels: Record<string, string>;
  /** Name of the Secret to pull both images with. @default none: the registry is open to its nodes */
  pullSecret?: string;
}

const tools = { name: "tools", mountPath: "/slipway" };
const busybox = `${tools.mountPath}/busybox`;

/**
 * Spec of a DaemonSet that is ready once every node which may run the project has its image. The image's program does not start:
 * a busybox from a shared directory waits instead, so an image without a shell works too.
 */
export function pullSpec(args: PullArgs): k8s.types.input.apps.v1.DaemonSetSpec {
  const { image, probeImage, account, selector, labels, pullSecret } = args;
  const common = {
    resources: smallResources,
    securityContext: containerSecurity,
    volumeMounts: [tools],
  };
  return {
    selector: { matchLabels: selector },
    // All nodes at once: these pods serve nobody.
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "100%" } },
    template: {
      metadata: { labels },
      spec: {
        ...quietPod,
        // It runs as process 1 and ignores signals; it has nothing to finish.
        terminationGracePeriodSeconds: 1,
        serviceAccountName: account,
        securityContext: podSecurity(defaultUser, []),
        ...(pullSecret === undefined ? {} : { imagePullSecrets: [{ name: pullSecret }] }),
        initContainers: [
          {
            name: "tools",
            image: probeImage,
            command: ["/bin/busybox", "cp", "/bin/busybox", busybox],
            ...common,
          },
        ],
        containers: [
          { name: "pulled", image, command: [busybox, "sleep", "2147483647"], ...common },
        ],
        volumes: [{ name: tools.name, emptyDir: { sizeLimit: smallScratch } }],
      },
    },
  };
}
