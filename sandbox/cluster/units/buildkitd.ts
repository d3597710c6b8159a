import { buildkitSocket, paths, type UnitContext } from "../context";
import { cgroupName } from "../isolation/cgroups";
import type { RenderedUnit } from "../unit";

/** Builds images, without dockerd. Its socket is reachable from the host. */
export function buildkitd({ layout, ports, binary, snapshotter }: UnitContext): RenderedUnit {
  const { etc, data } = paths(layout);
  const config = etc("buildkitd.toml");
  const socket = buildkitSocket(layout);
  return {
    name: "buildkitd",
    after: [],
    command: [binary("buildkitd"), "--config", config],
    files: [
      {
        path: config,
        text: `root = "${data("buildkit")}"

[grpc]
address = ["unix://${socket}"]

[worker.oci]
enabled = true
snapshotter = "${snapshotter}"
binary = "runc"
# RUN steps share the sandbox's network, which leads nowhere.
networkMode = "host"
defaultCgroupParent = "${cgroupName(layout)}"

[worker.containerd]
enabled = false

[registry."127.0.0.1:${ports.registry}"]
http = true
`,
      },
    ],
    ready: { kind: "unix", path: socket },
  };
}
