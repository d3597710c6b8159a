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

/** Facts of a machine, before any phase runs. */
export interface HostFacts {
  /** `/etc/machine-id`: another one is another machine, whatever its name. */
  machineId: string;
  os: { id: string; version: string; kernel: string; architecture: string };
  /** Whether the login becomes root without a password. */
  root: boolean;
  cgroup: "v1" | "v2";
  /** Active swap devices and files. */
  swap: readonly string[];
  /** Difference between its clock and ours, in seconds; positive when it is ahead. */
  clockSkew: number;
  /** Kernel modules that it neither has nor can load. */
  missingModules: readonly string[];
  /** Free space below `/var/lib`, in MiB. */
  freeDisk: number;
  /** Memory in MiB. */
  memory: number;
  processors: number;
  /** Listening TCP ports, with the name of the program; `""` where that is hidden. */
  listening: ReadonlyMap<number, string>;
  /** Versions of installed programs, by name. */
  programs: Readonly<Record<string, string>>;
  /** Marks of its phases. */
  marks: Readonly<Record<string, string>>;
  /** Number of phases that have run there, failed ones included. */
  runs: number;
  /** Results of its services' last runs, by name: `1795324276 ok`, seconds since 1970 first. */
  notes?: Readonly<Record<string, string>>;
  /** Present IPv4 addresses, with the interface of each. */
  addresses: ReadonlyMap<string, string>;
  /** Its addresses with prefix lengths: `10.0.0.11/24`. */
  networks: readonly string[];
  /** Unicast peers in its keepalived's configuration. */
  peers: readonly string[];
  /** Whether it may not raise processes' limits, because it is itself a container. */
  confined: boolean;
  /** Running services of the platform. */
  running: readonly string[];
  /** Whether it is a node: kubelet has its credentials. */
  joined: boolean;
  /** Days until the first certificate of its control plane expires; absent where it has none. */
  certificateDays?: number;
  /** Versions of its control plane's images, by component: `kube-apiserver` → `v1.36.1`. */
  images: Readonly<Record<string, string>>;
  /** Its member of etcd; absent where none answers. */
  etcd?: EtcdFacts;
  /** The cluster's facts from its API server; absent where none answers. */
  cluster?: ClusterFacts;
}

/** A machine's facts, or why there are none. With a `badKey` no connection was attempted. */
export type GatheredFacts = HostFacts | { unreachable: string; badKey?: true };

/** Facts by name of the machine. */
export type FactsByHost = ReadonlyMap<string, GatheredFacts>;

/** Whether a machine was reached. */
export const isKnown = (gathered: GatheredFacts | undefined): gathered is HostFacts =>
  gathered !== undefined && !("unreachable" in gathered);

/** One of the stock CNI plugins, which are installed together. */
export const networkPlugin = "/opt/cni/bin/bridge";

/**
 * Shell text that prints the facts, a line each: `<name> <value>`. It changes nothing and needs no secret. Without root it prints
 * only public facts.
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

/** Parses the output of `factsCommand`; `asked` and `answered` are our times of the request and of the end of the answer. */
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

/** The certain part of the difference between the clocks: a slow answer is not a slow clock. */
function skewOf(lines: Lines, asked: Date, answered: Date): number {
  const begun = Number(lines.one("time"));
  const most = begun - asked.getTime() / 1000;
  const least = Number(lines.first("ended") ?? begun) - answered.getTime() / 1000;
  return least > 0 ? least : Math.min(most, 0);
}
