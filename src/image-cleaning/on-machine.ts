import { script } from "../../components/shared/shell";

/** An image on a machine, under all its names. */
export interface MachineImage {
  /** Of its manifest or index: `sha256:…`. */
  digest: string;
  /** Names that containerd knows it by, sorted. */
  names: readonly string[];
  /** As containerd tells it: `17.1 MiB`. */
  size: string;
  /** kubelet leaves it alone when the disk fills. */
  pinned: boolean;
  /** A container is made from it. */
  used: boolean;
}

const containerd = "ctr --namespace k8s.io";
/** What kubelet's own clean-up spares: https://github.com/containerd/containerd/blob/main/docs/cri/config.md */
const pinLabel = "io.cri-containerd.pinned";

/** Shell text for root that tells the images of a machine and what is used of them; it changes nothing. */
export const listCommand = `${containerd} images ls && echo -- && ${containerd} containers ls`;

/** Reads what `listCommand` has printed; pure. */
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

/** What is to be done with images of a machine, by name. */
export interface Chores {
  pin: readonly string[];
  unpin: readonly string[];
  remove: readonly string[];
}

/** Whether there is nothing to do. */
export const isIdle = ({ pin, unpin, remove }: Chores): boolean =>
  pin.length + unpin.length + remove.length === 0;

/** Shell text for root that does it; a name that is gone already is passed over. */
export const choresCommand = ({ pin, unpin, remove }: Chores): string =>
  script("src/image-cleaning/chores.sh", {
    PIN: pin.join(" "),
    UNPIN: unpin.join(" "),
    REMOVE: remove.join(" "),
    LABEL: pinLabel,
  });
