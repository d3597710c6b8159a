import { join } from "node:path";
import { paths, type UnitContext } from "../context";
import { cgroupName } from "../isolation/cgroups";
import type { RenderedUnit } from "../unit";

/** The sandbox has its own /run. */
export const containerdSocket = "/run/containerd/containerd.sock";

/** Where Debian's containernetworking-plugins puts them. */
export const cniPlugins = "/usr/lib/cni";

/** Lets pods end orderly. */
const stopPods = join(__dirname, "..", "isolation", "stop-pods.sh");

/** The container runtime, with its own root and state. */
export function containerd(context: UnitContext): RenderedUnit {
  const { layout, ports, binary } = context;
  const { etc } = paths(layout);
  const config = etc("containerd.toml");
  return {
    name: "containerd",
    after: [],
    command: [binary("containerd"), "--config", config],
    files: [
      { path: config, text: containerdConfig(context) },
      {
        // The folder's name is the registry that the file configures.
        path: `${etc("registries")}/127.0.0.1:${ports.registry}/hosts.toml`,
        text: [
          `server = "http://127.0.0.1:${ports.registry}"`,
          `[host."http://127.0.0.1:${ports.registry}"]`,
          `capabilities = ["pull", "resolve"]`,
          "",
        ].join("\n"),
      },
    ],
    ready: { kind: "unix", path: containerdSocket },
    // The kubelet has stopped by now, so nothing restarts them.
    beforeStop: ["/bin/sh", stopPods, cgroupName(layout)],
  };
}

/** Configuration version 3, as containerd 2 requires. */
function containerdConfig({ layout, images, mayLowerOomScore, snapshotter }: UnitContext): string {
  const { etc, data } = paths(layout);
  return `version = 3
root = "${data("containerd")}"
state = "/run/containerd"
disabled_plugins = ["io.containerd.nri.v1.nri", "io.containerd.tracing.processor.v1.otlp"]

[grpc]
address = "${containerdSocket}"

[plugins.'io.containerd.internal.v1.opt']
path = "${data("containerd")}/opt"

[plugins.'io.containerd.cri.v1.images']
snapshotter = "${snapshotter}"
[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = "${images.pause}"
[plugins.'io.containerd.cri.v1.images'.registry]
config_path = "${etc("registries")}"

[plugins.'io.containerd.cri.v1.runtime']
# Without CAP_SYS_RESOURCE runc cannot lower a score, and no pod would start.
restrict_oom_score_adj = ${!mayLowerOomScore}
[plugins.'io.containerd.cri.v1.runtime'.cni]
bin_dirs = ["${cniPlugins}"]
conf_dir = "${etc("cni")}"
[plugins.'io.containerd.cri.v1.runtime'.containerd]
default_runtime_name = "runc"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
SystemdCgroup = false
`;
}
