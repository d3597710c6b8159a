import { script } from "../../components/shared/shell";

/** An image on a machine, under all its names. */
export interface MachineImage {
  /** Digest of its manifest or index: `sha256:…`. */
  digest: string;
  /** Its names in containerd, sorted. */
  names: readonly string[];
  /** As containerd prints it: `17.1 MiB`. */
  size: string;
  /** kubelet does not remove it when the disk is full. */
  pinned: boolean;
  /** A container was created from it. */
  used: boolean;
}

const containerd = "ctr --namespace k8s.io";
/**
 * Label that protects an image from kubelet's own clean-up: https://github.com/containerd/containerd/blob/main/docs/cri/config.md
 */
const pinLabel = "io.cri-containerd.pinned";

/** Shell text for root that lists a machine's images and which are used; it changes nothing. */
export const listCommand = `${containerd} images ls && echo -- && ${containerd} containers ls`;

/** Parses the output of `listCommand`; pure. */
export function parseImages(printed: string): MachineImage[] {
  const [images = "", containers = ""] = printed.split(/^--$/m);
  const rows = [
    ...images.matchAll(/^(\S+)\s+application\/\S+\s+(sha256:\S+)\s+(\S+ \S+)\s+\S+\s+(\S+)/gm),
  ];
  const used = new Set([...containers.matchAll(/^\S+\s+(\S+)/gm)].map(([, name = ""]) => name));
  const known = new Map<string, MachineImage>();
  for (const [, name = "", digest = "", size = "", labels = ""] of rows) {
    const before = known.get(digest);
    known.set(digest, {
      digest,
      size,
      names: [...(before?.names ?? []), name].sort(),
      pinned: before?.pinned === true || labels.split(",").includes(`${pinLabel}=pinned`),
      used: before?.used === true || used.has(name),
    });
  }
  return [...known.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1));
}

/** Actions on a machine's images, by name. */
export interface Chores {
  pin: readonly string[];
  unpin: readonly string[];
  remove: readonly string[];
}

/** Whether there is nothing to do. */
export const isIdle = ({ pin, unpin, remove }: Chores): boolean =>
  pin.length + unpin.length + remove.length === 0;

/** Shell text for root that does it; missing names are skipped. */
export const choresCommand = ({ pin, unpin, remove }: Chores): string =>
  script("src/image-cleaning/chores.sh", {
    PIN: pin.join(" "),
    UNPIN: unpin.join(" "),
    REMOVE: remove.join(" "),
    LABEL: pinLabel,
  });
