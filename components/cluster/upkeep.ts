import { marksFolder } from "../shared/machine/script";
import { script } from "../shared/shell";
import { serverOf } from "./control-plane";
import type { HostSpec } from "../shared/cluster-spec";
import { certsFolder } from "../shared/machine/folders";
import { onControlPlane } from "../shared/machine/control-plane";

/** Mark that exists while a control plane has new certificates that its components do not use yet. */
export const renewing = "renewing";

/** On a control plane: renews its certificates; the node remembers how often. */
export const renewBody = (host: HostSpec, time: number): string =>
  [
    onControlPlane(),
    script("components/cluster/renew.sh", {
      NODE: host.name,
      SERVER: serverOf(host),
      TIME: time,
      RENEWING: `${marksFolder}/${renewing}`,
    }),
  ].join("\n");

/** On a control plane: defragments its member of etcd. */
export const defragmentBody = (host: HostSpec, { full }: { full: boolean }): string =>
  [
    onControlPlane(),
    script("components/cluster/defragment.sh", {
      NODE: host.name,
      SERVER: serverOf(host),
      FULL: full ? "yes" : "",
    }),
  ].join("\n");

/** On a control plane: spreads CoreDNS' pods over two nodes at least. */
export const spreadBody = (): string =>
  [onControlPlane(), script("components/cluster/spread.sh")].join("\n");

/** On a machine: pulls images before the first pod needs them. */
export const imagesBody = (images: readonly string[]): string =>
  script("components/cluster/images.sh", { IMAGES: images.join(" "), CERTS: certsFolder });
