import { X509Certificate } from "node:crypto";
import {
  certificates,
  clusterFactsText,
  clusterIn,
  etcdIn,
  type ClusterFacts,
  type EtcdFacts,
} from "./cluster-facts";
import { fromFile, script } from "../shell";
import { FactsError, Lines } from "./lines";
import { failuresFolder, marksFolder, notesFolder, runsFile } from "./script";

/** What a machine is found to be, before anything is done to it. */
export interface HostFacts {
  /** `/etc/machine-id`: another one is another machine, whatever its name. */
  machineId: string;
  os: { id: string; version: string; kernel: string; architecture: string };
  /** Whether the one who logs in becomes root without a password. */
  root: boolean;
  cgroup: "v1" | "v2";
  /** Devices and files that memory is swapped to. */
  swap: readonly string[];
  /** By how much its clock differs from ours, in seconds; positive when it is ahead. */
  clockSkew: number;
  /** Kernel modules that it neither has nor can load. */
  missingModules: readonly string[];
  /** Free space below `/var/lib`, in MiB. */
  freeDisk: number;
  /** In MiB. */
  memory: number;
  processors: number;
  /** TCP ports that something listens on, with what it is called; `""` where that is hidden. */
  listening: ReadonlyMap<number, string>;
  /** Versions of what is installed, by the name of the program; absent is what is not. */
  programs: Readonly<Record<string, string>>;
  /** What it has written down of each phase. */
  marks: Readonly<Record<string, string>>;
  /** How many phases it has been through, whatever came of them. */
  runs: number;
  /** What its own services say of their last run, by name: `1795324276 ok`, seconds since 1970 first. */
  notes?: Readonly<Record<string, string>>;
  /** IPv4 addresses it has now, with the interface of each. */
  addresses: ReadonlyMap<string, string>;
  /** Networks that it is in, by an address of its own: `10.0.0.11/24`. */
  networks: readonly string[];
  /** Addresses of those that it shares an address with, as its keepalived has been told. */
  peers: readonly string[];
  /** Whether it may not raise limits of processes, as a machine that is itself a container. */
  confined: boolean;
  /** Services of the platform that run. */
  running: readonly string[];
  /** Whether it is a node: kubelet has its credentials. */
  joined: boolean;
  /** Days until the first certificate of its control plane ends; absent where it has none. */
  certificateDays?: number;
  /** Versions of its control plane's images, by the part that each is of: `kube-apiserver` → `v1.36.1`. */
  images: Readonly<Record<string, string>>;
  /** Its member of etcd; absent where none answers. */
  etcd?: EtcdFacts;
  /** What its API server says of the cluster; absent where none answers. */
  cluster?: ClusterFacts;
}

/** What was found of a machine; the text says why nothing was. With a `badKey` it was not even asked. */
export type GatheredFacts = HostFacts | { unreachable: string; badKey?: true };

/** What was found, by name of the machine. */
export type FactsByHost = ReadonlyMap<string, GatheredFacts>;

/** Whether a machine was reached. */
export const isKnown = (gathered: GatheredFacts | undefined): gathered is HostFacts =>
  gathered !== undefined && !("unreachable" in gathered);

/** One of the plugins that pods' networks are made with; they come together. */
export const networkPlugin = "/opt/cni/bin/bridge";

/**
 * Shell text that tells the facts, a line each: `<name> <value>`. It changes nothing and takes no secret. Whoever may not
 * become root tells what anybody may know.
 */
export const factsCommand = (): string =>
  fromFile(
    [
      script("components/shared/machine/facts.sh", {
        MARKS: marksFolder,
        NOTES: notesFolder,
        FAILURES: failuresFolder,
        RUNS: runsFile,
        NETWORK_PLUGIN: networkPlugin,
        CERTIFICATES: certificates,
      }),
      clusterFactsText(),
      'echo "ended $(date +%s.%N)"',
    ].join("\n"),
    'if sudo -n true 2> /dev/null; then sudo -n sh "$script"; else sh "$script" 2> /dev/null; fi',
  );

/** Reads what `factsCommand` has printed; `asked` and `answered` are our clock when it was, and when all had come. */
export function parseFacts(printed: string, asked: Date, answered = asked): HostFacts {
  const lines = new Lines(printed);
  const [id = "", version = "", kernel = "", architecture = ""] = lines.one("os").split(" ");
  const ends = lines.all("certificate").map(endOfCertificate);
  const days = Math.floor((Math.min(...ends) - asked.getTime()) / 86_400_000);
  const etcd = etcdIn(lines.first("etcd"));
  return {
    machineId: lines.one("machine-id"),
    os: { id, version, kernel, architecture },
    root: lines.has("root"),
    cgroup: lines.has("cgroup") ? "v2" : "v1",
    swap: lines.all("swap"),
    clockSkew: skewOf(lines, asked, answered),
    missingModules: lines.all("no-module"),
    freeDisk: Number(lines.one("free")),
    memory: Number(lines.one("memory")),
    processors: Number(lines.one("processors")),
    listening: new Map(lines.pairs("listens").map(([port, name]) => [Number(port), name])),
    programs: Object.fromEntries(lines.pairs("program")),
    marks: Object.fromEntries(lines.pairs("mark")),
    notes: Object.fromEntries(lines.pairs("note")),
    runs: Number(lines.first("runs") ?? 0),
    addresses: new Map(lines.pairs("address")),
    networks: lines.all("network"),
    peers: lines.all("peer"),
    confined: lines.has("confined"),
    running: lines.all("running"),
    joined: lines.has("joined"),
    ...(ends.length === 0 ? {} : { certificateDays: days }),
    images: Object.fromEntries(lines.pairs("image")),
    ...(etcd === undefined ? {} : { etcd }),
    ...(lines.has("answers") ? { cluster: clusterIn(lines) } : {}),
  };
}

function endOfCertificate(base64: string): number {
  try {
    return Date.parse(new X509Certificate(Buffer.from(base64, "base64")).validTo);
  } catch {
    throw new FactsError(`a file below ${certificates} is no certificate`);
  }
}

/** What its clock is off by for certain: a slow answer of a machine is not a slow clock. */
function skewOf(lines: Lines, asked: Date, answered: Date): number {
  const begun = Number(lines.one("time"));
  const most = begun - asked.getTime() / 1000;
  const least = Number(lines.first("ended") ?? begun) - answered.getTime() / 1000;
  return least > 0 ? least : Math.min(most, 0);
}
