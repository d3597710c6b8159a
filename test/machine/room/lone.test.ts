import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { cniConfig } from "../../../components/cluster/network";
import { imageRepository } from "../../../components/shared/names";
import { prepare } from "../../../sandbox/hosts/start";
import { eventually } from "../../../sandbox/eventually";
import { layout } from "../../../sandbox/layout";
import { changes } from "../../../sandbox/program-copy";
import { silent } from "../../../sandbox/progress";
import { example, pushExample } from "../../../sandbox/room/images";
import { MachineRoom } from "../../../sandbox/room/machine-room";
import { AptRepository, type DebSpec } from "../../support/apt-repository";
import { olderOne, walkOnLabAll } from "../../support/lab";
import { TlsRegistry } from "../../support/tls-registry";

const manifests = "cni/room.yaml";

/**
 * Manifests of a pod network as the tools of Flannel, Cilium and Calico write them: a DaemonSet that runs without a network and
 * sets up its node's. This one knows no other node.
 */
function podNetwork(image: string, label: string): string {
  const folder = "/etc/cni/net.d";
  const script = `require("node:fs").writeFileSync("${folder}/10-room.conflist", process.env.CONFIG); setInterval(() => {}, 60000)`;
  const labels = { app: "room-network" };
  return stringify({
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "room-network", namespace: "kube-system", labels: { round: label } },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          hostNetwork: true,
          tolerations: [{ operator: "Exists" }],
          containers: [
            {
              name: "install",
              image,
              command: ["/usr/bin/node", "-e", script],
              env: [{ name: "CONFIG", value: cniConfig("10.244.0.0/24") }],
              securityContext: { runAsUser: 0 },
              volumeMounts: [{ name: "cni", mountPath: folder }],
            },
          ],
          volumes: [{ name: "cni", hostPath: { path: folder, type: "DirectoryOrCreate" } }],
        },
      },
    },
  });
}

/** The packages of Kubernetes and containerd in one version, as in their repositories. */
const packagesOf = (root: string, version: string): DebSpec[] => {
  const [bin, units] = ["usr/local/bin", "usr/local/lib/systemd/system"];
  const contents = {
    "containerd.io": [
      ...[`${bin}/containerd`, `${bin}/containerd-shim-runc-v2`, `${bin}/ctr`],
      `${units}/containerd.service`,
    ],
    kubelet: [`${bin}/kubelet`, `${units}/kubelet.service`],
    kubeadm: [`${bin}/kubeadm`, `${units}/kubelet.service.d`],
    kubectl: [`${bin}/kubectl`],
  };
  return Object.entries(contents).map(([name, paths]) => ({
    name,
    version: `${version.slice(1)}-1.1`,
    root,
    paths,
  }));
};

/**
 * The smallest room: its one machine has no replacement, has nothing of Kubernetes and installs what it needs. Each test
 * continues where the previous one ended.
 */
walkOnLabAll("a machine room of one machine", function () {
  this.timeout(900_000);
  const older = olderOne();
  let room: MachineRoom;
  let apt: AptRepository;
  let registry: TlsRegistry;
  /** An image by the registry with a private authority, and by the mirror of another registry. */
  let [image, elsewhere] = ["", ""];
  /** The contents of packages, the older version first. */
  const roots: string[] = [];

  const node = (path: string): Promise<string> =>
    room.kubectl("t01", "get", "node", "t01", "-o", `jsonpath={${path}}`);
  /** Adds the package of the pod network plugins, which the machine had from elsewhere and no longer has. */
  const bringPlugins = async (): Promise<void> => {
    const root = mkdtempSync(join(tmpdir(), "slipway-plugins-"));
    const paths = ["bridge", "host-local", "loopback", "portmap"].map(
      (name) => `opt/cni/bin/${name}`,
    );
    for (const path of paths) cpSync(path.replace("opt/cni/bin", "/usr/lib/cni"), join(root, path));
    await apt.add([{ name: "kubernetes-cni", version: "1.7.1-1.1", root, paths }]);
    rmSync(root, { recursive: true });
    await room.lab.ssh("t01", "sudo rm -r /opt/cni");
  };
  /** Adds the packages of a version to the repository; returns the version. */
  const brought = async (root: string): Promise<string> => {
    const kubeadm = join(root, "usr/local/bin/kubeadm");
    const { stdout: version } = await execa(kubeadm, ["version", "-o", "short"]);
    await apt.add(packagesOf(root, version));
    return version;
  };
  /** Packages that the system's own upgrades do not change. */
  const held = async (): Promise<string[]> =>
    (await room.lab.ssh("t01", "apt-mark showhold")).stdout.split("\n").sort();
  const write = (label: string): void => {
    writeFileSync(join(room.program.folder, manifests), podNetwork(image, label));
  };

  before(async () => {
    const options = { bare: ["t01"], kubernetes: older };
    room = await MachineRoom.start("room-lone", { t01: "control-plane" }, options);
    const { binaries, newest } = await prepare(layout(), silent, older);
    for (const root of new Set([binaries, newest])) roots.push(root);
    apt = await AptRepository.start(room.lab.network.machine);
    const version = await brought(roots[0] ?? "");
    await bringPlugins();
    const digest = await pushExample(layout().cache, room.lab.registry, "v1.0.0");
    registry = await TlsRegistry.start(room.lab.network.machine, room.lab.registry);
    const [group = "", name = ""] = imageRepository("back", example.name).split("/");
    image = `${registry.host}/${group}/${name}@${digest}`;
    elsewhere = `upstream.test/${name}@${digest}`;
    for (const folder of ["cni", "certs"]) mkdirSync(join(room.program.folder, folder));
    writeFileSync(join(room.program.folder, "certs", "room.pem"), registry.authority);
    write("one");
    room.config["authorities"] = { [registry.host]: "certs/room.pem" };
    room.set({
      version,
      // As for a proxy project of Harbor.
      mirrors: {
        ...(room.cluster["mirrors"] as object),
        "upstream.test": [`https://${registry.host}/v2/${group}`],
      },
      prepull: [elsewhere],
      podNetwork: { manifests },
      packages: { from: "apt", repositories: [apt.source] },
    });
  });
  after(async () => {
    await apt.stop();
    registry.stop();
    await room.stop();
  });

  it("installs what it needs, gets its pods' network by manifests, and has nothing to be done the second time", async () => {
    await room.program.up();
    assert.deepEqual(await held(), ["kubeadm", "kubectl", "kubelet"]);
    assert.equal(await node('.status.conditions[?(@.type=="Ready")].status'), "True");
    const dns = ["-n", "kube-system", "get", "pods", "-l", "k8s-app=kube-dns"];
    const address = "jsonpath={.items[0].status.podIP}";
    await eventually(async () => {
      assert.match(await room.kubectl("t01", ...dns, "-o", address), /^10\.244\.0\.\d+$/);
    });
    const before = await room.journal();
    assert.deepEqual(changes(await room.program.up()), []);
    assert.deepEqual(await room.journal(), before);
  });

  it("trusts its registry and mirror by their authority alone, and nobody else's when it is gone", async () => {
    const pull = (name: string) =>
      room.lab.ssh(
        "t01",
        `sudo ctr -n k8s.io images rm ${name}; sudo ctr -n k8s.io images pull --hosts-dir /etc/containerd/certs.d ${name}`,
      );
    for (const name of [image, elsewhere]) {
      const listed = await room.lab.ssh("t01", `sudo ctr -n k8s.io images ls -q name==${name}`);
      assert.equal(listed.stdout, name);
      assert.equal((await pull(name)).exitCode, 0);
    }
    room.config["authorities"] = {};
    room.set({ prepull: [] });
    await room.program.up();
    for (const name of [image, elsewhere]) {
      const { exitCode, stderr } = await pull(name);
      assert.notEqual(exitCode, 0);
      assert.match(stderr, /x509: certificate signed by unknown authority/);
    }
    room.config["authorities"] = { [registry.host]: "certs/room.pem" };
    room.set({ prepull: [elsewhere] });
    await room.program.up();
    assert.deepEqual(changes(await room.program.up()), []);
  });

  it("fetches them again when they have changed, and nothing else", async () => {
    write("two");
    await room.program.up();
    const network = ["-n", "kube-system", "get", "daemonset", "room-network"];
    const label = "jsonpath={.metadata.labels.round}";
    assert.equal(await room.kubectl("t01", ...network, "-o", label), "two");
    assert.match((await room.journal()).at(-1) ?? "", /pod-network of .* ended/);
    assert.deepEqual(changes(await room.program.up()), []);
  });

  it("is upgraded, while nobody serves in its place", async () => {
    const before = await node(".status.nodeInfo.kubeletVersion");
    const version = await brought(roots[1] ?? "");
    assert.notEqual(version, before);
    room.set({ version });
    await room.program.up();
    assert.equal(await node(".status.nodeInfo.kubeletVersion"), version);
    assert.equal(await node(".spec.unschedulable"), "");
    assert.deepEqual(await held(), ["kubeadm", "kubectl", "kubelet"]);
    assert.ok(!(await room.journal()).some((line) => line.includes("drain of t01")));
    assert.deepEqual(changes(await room.program.up()), []);
  });
});
