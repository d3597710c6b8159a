import { putFile } from "../shared/machine/script";
import { script } from "../shared/shell";
import { registriesBody, type Registries } from "./registries";
import { certsFolder } from "../shared/machine/folders";

/** Parameters of a machine's containerd configuration. */
export interface RuntimeArgs extends Registries {
  /** Pause image (the pod sandbox). */
  pause: string;
  /** The machine is itself a container: it may not lower a process's OOM score. */
  confined: boolean;
}

const configFile = "/etc/containerd/config.toml";

/** Configures containerd, and restarts it when that changed something. */
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
