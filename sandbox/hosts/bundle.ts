import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Input for a host's container. */
export interface BundleFacts {
  readonly name: string;
  readonly machineId: string;
  /** Control group, as in /sys/fs/cgroup/<hierarchy>/<group>. */
  readonly cgroup: string;
  /** Directory of this machine → path in the host: disks that are not overlays. */
  readonly volumes: Readonly<Record<string, string>>;
  /** Numbers of the capabilities that may be given: bits of `CapBnd`. */
  readonly capabilities: bigint;
}

/** Parts of a host's disk that must not be on an overlay, because they hold overlays or mapped files: name → path. */
export const volumes = {
  containerd: "/var/lib/containerd",
  etcd: "/var/lib/etcd",
  kubelet: "/var/lib/kubelet",
  log: "/var/log",
} as const;

/** Capabilities in the order of their numbers, see linux/capability.h; up to those that Debian's runc knows. */
const capabilityNames = [
  ...["CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID"],
  ...["SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW"],
  ...["IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT"],
  ...["SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD"],
  ...["LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG"],
  ...["WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE"],
];

/** Clock, modules and raw devices belong to the machine. */
const withheld = ["SYS_TIME", "SYS_MODULE", "SYS_RAWIO"];

/** Names of the capabilities that a host gets: those of this process, except those that affect the machine. */
export function grantedCapabilities(bits: bigint): string[] {
  return capabilityNames
    .filter((name, number) => ((bits >> BigInt(number)) & 1n) === 1n && !withheld.includes(name))
    .map((name) => `CAP_${name}`);
}

/** `CapBnd` of this process. Some virtual machines take CAP_SYS_RESOURCE from root. */
export function boundingSet(status = readFileSync("/proc/self/status", "utf8")): bigint {
  return BigInt(`0x${/^CapBnd:\s+([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
}

const bootScript = join(__dirname, "boot.sh");

/** Configuration of a host's container in the format of the OCI runtime specification 1.0; pure except for reading `boot.sh`. */
export function bundle(facts: BundleFacts): object {
  const capabilities = grantedCapabilities(facts.capabilities);
  return {
    ociVersion: "1.0.2",
    hostname: facts.name,
    root: { path: "root" },
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      cwd: "/",
      args: ["/bin/sh", "-c", readFileSync(bootScript, "utf8"), "boot"],
      env: [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        // systemd reads both: the type of container, and the machine's id.
        "container=oci",
        `container_uuid=${facts.machineId}`,
      ],
      capabilities: {
        bounding: capabilities,
        effective: capabilities,
        permitted: capabilities,
      },
      noNewPrivileges: false,
    },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      tmpfs("/dev", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
      {
        destination: "/dev/pts",
        type: "devpts",
        source: "devpts",
        options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
      },
      tmpfs("/dev/shm", ["nosuid", "nodev", "mode=1777"]),
      { destination: "/dev/mqueue", type: "mqueue", source: "mqueue" },
      { destination: "/sys", type: "sysfs", source: "sysfs" },
      {
        destination: "/sys/fs/cgroup",
        type: "cgroup",
        source: "cgroup",
        options: ["nosuid", "noexec", "nodev", "relatime", "rw"],
      },
      tmpfs("/run", ["nosuid", "nodev", "mode=755"]),
      // The kubelet reads the kernel's log.
      ...bind("/dev/kmsg", "/dev/kmsg"),
      ...Object.entries(facts.volumes).flatMap(([from, to]) => bind(from, to)),
    ],
    linux: {
      namespaces: [
        ...["pid", "ipc", "uts", "mount", "cgroup"].map((type) => ({ type })),
        { type: "network", path: `/run/netns/${facts.name}` },
      ],
      cgroupsPath: facts.cgroup,
      resources: { devices: [{ allow: true, access: "rwm" }] },
      rootfsPropagation: "shared",
      maskedPaths: [],
      readonlyPaths: [],
    },
  };
}

function tmpfs(destination: string, options: readonly string[]): object {
  return { destination, type: "tmpfs", source: "tmpfs", options };
}

function bind(source: string, destination: string): object[] {
  return [{ destination, type: "bind", source, options: ["rbind", "rw"] }];
}
