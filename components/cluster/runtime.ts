import { putFile } from "../shared/machine/script";
import { certsFolder, registriesBody, type Registries } from "./registries";

/** What a machine's containerd is configured by. */
export interface RuntimeArgs extends Registries {
  /** Image that holds a pod's network open. */
  pause: string;
  /** A machine that is itself a container may not lower the memory killer's interest in a process. */
  confined: boolean;
}

const folder = "/etc/containerd";

/** Configures containerd, and starts it anew when that changed something. */
export function runtimeBody(args: RuntimeArgs): string {
  return [
    putFile(`${folder}/config.toml`, containerdConfig(args)),
    registriesBody(args),
    `containerd config dump > /dev/null || fail 'containerd refuses ${folder}/config.toml'
systemctl enable -q containerd kubelet
case $changed in *${folder}/config.toml*) systemctl restart containerd ;; *) systemctl start containerd ;; esac
for second in $(seq 30); do ctr version > /dev/null 2>&1 && break; sleep 1; done
ctr version > /dev/null || fail 'containerd does not answer; look at: journalctl -u containerd'`,
  ].join("\n");
}

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
