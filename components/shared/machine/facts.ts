import { X509Certificate } from "node:crypto";
import { marksFolder, runsFile } from "./script";

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

/** What was found of a machine; the text says why nothing was. */
export type Found = HostFacts | { unreachable: string };

/** What was found, by name of the machine. */
export type FoundHosts = ReadonlyMap<string, Found>;

/** Whether a machine was reached. */
export const isKnown = (found: Found | undefined): found is HostFacts =>
  found !== undefined && !("unreachable" in found);

/** The cluster, as a control plane sees it. */
export interface ClusterFacts {
  nodes: readonly NodeFacts[];
  /** etcd's members, where one of them answers: otherwise nobody knows. One that has not started yet has no name. */
  members?: readonly { name: string; id: string }[];
  /** Network of the pods that it was made with. */
  pods: string;
  /** The node of each pod of CoreDNS. */
  dns: readonly string[];
}

/** A member of etcd, as it tells of itself; sizes in bytes. */
export interface EtcdFacts {
  /** Of its file. */
  size: number;
  /** Of what is in it. */
  inUse: number;
  /** Whether the others follow it. */
  leads: boolean;
  /** Whether it takes no more, for its room has come to an end. */
  full: boolean;
}

/** A node, as the API server has it. */
export interface NodeFacts {
  name: string;
  machineId: string;
  ready: boolean;
  version: string;
  unschedulable: boolean;
  /** What it remembers of the labels and taints that it was given; absent where it was given none. */
  labelled?: string;
  /** Cordoned from here, and how far that came: `draining` or `drained`. */
  cordoned?: string;
  /** The version that it was last brought to from here. */
  upgraded?: string;
  /** How often its certificates have been made anew from here. */
  renewed: number;
  /** Whether its etcd was ever defragmented from here. */
  defragmented: boolean;
}

const programs: Readonly<Record<string, string>> = {
  containerd: "containerd --version | awk '{print $3}'",
  runc: "runc --version | awk 'NR==1{print $3}'",
  kubelet: "kubelet --version | awk '{print $2}'",
  kubeadm: "kubeadm version -o short",
  kubectl: "kubectl version --client | awk 'NR==1{print $3}'",
  keepalived: "keepalived --version 2>&1 | awk 'NR==1{print $2}'",
  haproxy: "haproxy -v | awk 'NR==1{print $3}'",
  conntrack: "conntrack --version | awk '{print $2}'",
  iptables: "iptables --version | awk '{print $2}'",
  socat: "socat -V | awk 'NR==2{print $3}'",
  ethtool: "ethtool --version | awk '{print $3}'",
};
const services = ["containerd", "kubelet", "keepalived", "haproxy"];

/** What nodes remember of what was done to them from here, one annotation each. */
const notes = ["labelled", "cordoned", "upgraded", "renewed", "defragmented"];
const remembered = notes.map((note) => `{.metadata.annotations.slipway/${note}}`).join(" ");

/** Paths of a control plane's certificates. */
const certificates = "/etc/kubernetes/pki";
const kubectl = "timeout 10 kubectl --kubeconfig /etc/kubernetes/admin.conf";

/**
 * Shell text that tells the facts, a line each: `<name> <value>`. It changes nothing and takes no secret. Whoever may not
 * become root tells what anybody may know.
 */
export const factsCommand = `facts=$(mktemp) && trap 'rm -f "$facts"' EXIT && cat > "$facts" <<'END-OF-FACTS'
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
has() { command -v "$1" >/dev/null 2>&1; }
echo "time $(date +%s.%N)"
echo "machine-id $(cat /etc/machine-id)"
. /etc/os-release
echo "os $ID \${VERSION_ID:-rolling} $(uname -r) $(uname -m)"
[ "$(id -u)" = 0 ] && echo "root yes"
[ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ] && echo "cgroup v2"
awk 'NR>1{print "swap", $1}' /proc/swaps
# Bit 24 is CAP_SYS_RESOURCE.
[ "$(id -u)" = 0 ] && [ $(( 0x$(awk '/^CapEff/{print substr($2, 9)}' /proc/self/status) >> 24 & 1 )) = 0 ] && echo "confined yes"
[ -d /proc/sys/net/bridge ] || modprobe --dry-run br_netfilter 2>/dev/null || echo "no-module br_netfilter"
grep -qw overlay /proc/filesystems || modprobe --dry-run overlay 2>/dev/null || echo "no-module overlay"
echo "free $(df -Pm /var/lib | awk 'NR==2{print $4}')"
echo "memory $(awk '/^MemTotal/{print int($2/1024)}' /proc/meminfo)"
echo "processors $(nproc)"
ss -Hltnp | awk '{n=split($4,a,":"); p=$6; sub(/^users:\\(\\("/,"",p); sub(/".*/,"",p); print "listens", a[n], p}' | sort -u
${Object.entries(programs)
  .map(([name, ask]) => `has ${name} && echo "program ${name} $(${ask})"`)
  .join("\n")}
for mark in ${marksFolder}/*; do [ -f "$mark" ] && case $mark in *.new) ;; *) echo "mark \${mark##*/} $(cat "$mark")";; esac; done
[ -s ${runsFile} ] && echo "runs $(cat ${runsFile})"
ip -o -4 address | awk '{print "network", $4; sub(/\\/.*/,"",$4); print "address", $4, $2}'
[ -r /etc/keepalived/keepalived.conf ] && awk '/}/{peers=0} peers{print "peer", $1} /unicast_peer/{peers=1}' /etc/keepalived/keepalived.conf
for service in ${services.join(" ")}; do systemctl is-active --quiet "$service" && echo "running $service"; done
[ -s /etc/kubernetes/kubelet.conf ] && echo "joined yes"
for certificate in ${certificates}/*.crt ${certificates}/etcd/*.crt; do
  case $certificate in */ca.crt|*-ca.crt|*'*'*) ;; *) echo "certificate $(base64 -w0 < "$certificate")";; esac
done
for manifest in /etc/kubernetes/manifests/*.yaml; do
  [ -f "$manifest" ] && awk -v part="$(basename "$manifest" .yaml)" '$1 == "image:" {sub(/.*:/, "", $2); print "image", part, $2}' "$manifest"
done
if [ -s /etc/kubernetes/admin.conf ] && has kubectl; then
  ${kubectl} get nodes -o jsonpath='{range .items[*]}node {.metadata.name} {.status.nodeInfo.machineID} {.status.nodeInfo.kubeletVersion} {.status.conditions[?(@.type=="Ready")].status} {.spec.unschedulable} ${remembered}{"\\n"}{end}' 2>/dev/null && echo "answers yes"
  ${kubectl} -n kube-system get configmap kubeadm-config -o jsonpath='{.data.ClusterConfiguration}' 2>/dev/null | awk '/podSubnet:/{print "pods", $2}'
  ${kubectl} -n kube-system get pods -l k8s-app=kube-dns -o jsonpath='{range .items[*]}dns {.spec.nodeName}{"\\n"}{end}' 2>/dev/null
  etcd() { ${kubectl} -n kube-system exec "etcd-$(hostname)" -- etcdctl --cacert ${certificates}/etcd/ca.crt --cert ${certificates}/etcd/peer.crt --key ${certificates}/etcd/peer.key "$@" 2>/dev/null; }
  echo "etcd $(etcd endpoint status -w json)"
  etcd member list -w simple | awk -F', *' '{print "member", $1, $3, $2}'
fi
true
END-OF-FACTS
if sudo -n true 2>/dev/null; then sudo -n sh "$facts"; else sh "$facts" 2>/dev/null; fi
`;

/** A machine's answer that holds no facts. */
export class FactsError extends Error {}

/** Reads what `factsCommand` has printed; `asked` is our clock when it was. */
export function parseFacts(printed: string, asked: Date): HostFacts {
  const lines = new Lines(printed);
  const [id = "", version = "", kernel = "", architecture = ""] = lines.one("os").split(" ");
  const ends = lines
    .all("certificate")
    .map((line) => Date.parse(new X509Certificate(Buffer.from(line, "base64")).validTo));
  const days = Math.floor((Math.min(...ends) - asked.getTime()) / 86_400_000);
  const etcd = etcdIn(lines.first("etcd"));
  return {
    machineId: lines.one("machine-id"),
    os: { id, version, kernel, architecture },
    root: lines.has("root"),
    cgroup: lines.has("cgroup") ? "v2" : "v1",
    swap: lines.all("swap"),
    clockSkew: Number(lines.one("time")) - asked.getTime() / 1000,
    missingModules: lines.all("no-module"),
    freeDisk: Number(lines.one("free")),
    memory: Number(lines.one("memory")),
    processors: Number(lines.one("processors")),
    listening: new Map(lines.pairs("listens").map(([port, name]) => [Number(port), name])),
    programs: Object.fromEntries(lines.pairs("program")),
    marks: Object.fromEntries(lines.pairs("mark")),
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

function clusterIn(lines: Lines): ClusterFacts {
  const members = lines.all("member").map((line) => {
    const [id = "", ...rest] = line.split(" ");
    return { id, name: rest.length > 1 ? (rest[0] ?? "") : "" };
  });
  return {
    // A cluster that answers has a member of etcd: none means that etcd was asked in vain.
    ...(members.length === 0 ? {} : { members }),
    nodes: lines.all("node").map((line) => {
      const [name = "", machineId = "", version = "", ready, unschedulable, ...noted] =
        line.split(" ");
      const [labelled, cordoned, upgraded, renewed, defragmented] = noted;
      return {
        ...(labelled ? { labelled } : {}),
        ...(cordoned ? { cordoned } : {}),
        ...(upgraded ? { upgraded } : {}),
        renewed: Number(renewed) || 0,
        defragmented: Boolean(defragmented),
        ...{ name, machineId, version },
        ready: ready === "True",
        unschedulable: unschedulable === "true",
      };
    }),
    pods: lines.first("pods") ?? "",
    dns: lines.all("dns").filter((node) => node !== ""),
  };
}

/** What `etcdctl endpoint status -w json` prints for one member. */
interface EtcdStatus {
  Status: {
    header: { member_id: number };
    dbSize: number;
    dbSizeInUse: number;
    leader: number;
    errors?: string[];
  };
}

function etcdIn(printed = ""): EtcdFacts | undefined {
  if (printed === "") return undefined;
  const [{ Status: status }] = JSON.parse(printed) as [EtcdStatus];
  return {
    size: status.dbSize,
    inUse: status.dbSizeInUse,
    leads: status.leader === status.header.member_id,
    full: (status.errors ?? []).some((error) => error.includes("NOSPACE")),
  };
}

/** Lines of `<name> <value>`. */
class Lines {
  private readonly values = new Map<string, string[]>();

  constructor(text: string) {
    for (const line of text.split("\n")) {
      const [, name, value = ""] = /^([a-z-]+)(?: (.*))?$/.exec(line.trimEnd()) ?? [];
      if (name === undefined) continue;
      this.values.set(name, [...(this.values.get(name) ?? []), value]);
    }
  }

  has = (name: string): boolean => this.values.has(name);
  all = (name: string): string[] => this.values.get(name) ?? [];
  first = (name: string): string | undefined => this.all(name)[0];

  one(name: string): string {
    const value = this.first(name);
    if (value === undefined) throw new FactsError(`it told no ${name}`);
    return value;
  }

  /** Values of two parts: a word, and the rest. */
  pairs(name: string): [string, string][] {
    return this.all(name).map((value) => {
      const [word = "", ...rest] = value.split(" ");
      return [word, rest.join(" ")];
    });
  }
}
