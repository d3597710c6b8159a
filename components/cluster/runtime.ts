import { putFile } from "../shared/machine/script";
import { script } from "../shared/shell";
import { registriesBody, type Registries } from "./registries";
import { certsFolder } from "../shared/machine/folders";

/** What a machine's containerd is configured by. */
export interface RuntimeArgs extends Registries {
  /** Image that holds a pod's network open. */
  pause: string;
  /** A machine that is itself a container may not lower the memory killer's interest in a process. */
  confined: boolean;
}

const configFile = "/etc/containerd/config.toml";

/** Configures containerd, and starts it anew when that changed something. */
export const runtimeBody = (args: RuntimeArgs): string =>
  [
    putFile(configFile, containerdConfig(args)),
    registriesBody(args),
    script("components/cluster/runtime.sh", { CONFIG: configFile }),
  ].join("\n");

/** `config.toml` of containerd 2. */
export function containerdConfig({ pause, confined }: RuntimeArgs): string {
  return `version = 3

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = '${pause}'

[plugins.'io.containerd.cri.v1.images'.registry]
  config_path = '${certsFolder}'

[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = ${confined}

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = 'io.containerd.runc.v2'

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  SystemdCgroup = true
`;
}
