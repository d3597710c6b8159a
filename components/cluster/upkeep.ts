import { marksFolder } from "../shared/machine/script";
import { script } from "../shared/shell";
import { serverOf } from "./control-plane";
import type { HostSpec } from "../shared/cluster-spec";
import { certsFolder } from "../shared/machine/folders";
import { onControlPlane } from "../shared/machine/control-plane";

/** There while a control plane has new certificates that its parts do not use yet. */
export const renewing = "renewing";

/** On a control plane: new certificates; the node remembers how often. */
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

/** On a control plane: its member of etcd gives back the room of what was deleted. */
export const defragmentBody = (host: HostSpec, { full }: { full: boolean }): string =>
  [
    onControlPlane(),
    script("components/cluster/defragment.sh", {
      NODE: host.name,
      SERVER: serverOf(host),
      FULL: full ? "yes" : "",
    }),
  ].join("\n");

/** On a control plane: CoreDNS' pods go to two nodes at least. */
export const spreadBody = (): string =>
  [onControlPlane(), script("components/cluster/spread.sh")].join("\n");

/** On a machine: images are there before the first pod asks for them. */
export const imagesBody = (images: readonly string[]): string =>
  script("components/cluster/images.sh", { IMAGES: images.join(" "), CERTS: certsFolder });
