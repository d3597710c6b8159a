import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { cniConfig } from "../../../components/cluster/network";
import { imageRepository } from "../../../components/shared/names";
import { layout } from "../../../sandbox/layout";
import { changes } from "../../../sandbox/program-copy";
import { example, pushExample } from "../../../sandbox/room/images";
import { MachineRoom } from "../../../sandbox/room/machine-room";
import { describeOnLab, noOlder, olderOnes } from "../../support/lab";

const manifests = "cni/room.yaml";

/**
 * What a network of pods is installed by, as the tools of Flannel, Cilium and Calico write it: a DaemonSet that runs without a
 * network and gives its node one. This one knows of no other node.
 */
function podNetwork(image: string, label: string): string {
  const folder = "/etc/cni/net.d";
  const script = `require("node:fs").writeFileSync("${folder}/10-room.conflist", process.env.CONFIG); setInterval(() => {}, 60000)`;
  const labels = { app: "room-network" };
  return stringify({
    ...{ apiVersion: "apps/v1", kind: "DaemonSet" },
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
              ...{ name: "install", image, command: ["/usr/bin/node", "-e", script] },
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

/** The smallest room: nobody takes over from its one machine. Each test goes on where the one before ended. */
describeOnLab("a machine room of one machine", function () {
  this.timeout(900_000);
  const older = olderOnes();
  let room: MachineRoom;
  let image = "";

  const node = (path: string): Promise<string> =>
    room.kubectl("t01", "get", "node", "t01", "-o", `jsonpath={${path}}`);
  const write = (label: string): void => {
    writeFileSync(join(room.program.folder, manifests), podNetwork(image, label));
  };

  before(async () => {
    const options = older === undefined ? {} : { kubernetes: older };
    room = await MachineRoom.start("room-lone", { t01: "control-plane" }, options);
    const { registry } = room.lab;
    const digest = await pushExample(layout().cache, registry, "v1.0.0");
    image = `${registry}/${imageRepository("back", example.name)}@${digest}`;
    mkdirSync(join(room.program.folder, "cni"));
    write("one");
    const { stdout } = await room.lab.ssh("t01", "kubeadm version -o short");
    room.set({ version: stdout.trim(), podNetwork: { manifests } });
  });
  after(async () => {
    await room.stop();
  });

  it("gets its pods' network by manifests, and has nothing to be done the second time", async () => {
    await room.program.up();
    assert.equal(await node('.status.conditions[?(@.type=="Ready")].status'), "True");
    const dns = ["-n", "kube-system", "get", "pods", "-l", "k8s-app=kube-dns"];
    const address = "jsonpath={.items[0].status.podIP}";
    assert.match(await room.kubectl("t01", ...dns, "-o", address), /^10\.244\.0\.\d+$/);
    const before = await room.journal();
    assert.deepEqual(changes(await room.program.up()), []);
    assert.deepEqual(await room.journal(), before);
  });

  it("gets them anew when they have changed, and nothing else", async () => {
    write("two");
    await room.program.up();
    const network = ["-n", "kube-system", "get", "daemonset", "room-network"];
    const label = "jsonpath={.metadata.labels.round}";
    assert.equal(await room.kubectl("t01", ...network, "-o", label), "two");
    assert.match((await room.journal()).at(-1) ?? "", /pod-network of .* ended/);
    assert.deepEqual(changes(await room.program.up()), []);
  });

  const upgraded = older === undefined ? it.skip : it;
  const why = older === undefined ? ` (skipped: ${noOlder})` : "";
  upgraded(`is upgraded, while nobody serves in its place${why}`, async () => {
    const { stdout } = await room.lab.ssh("t01", "kubeadm version -o short");
    await room.lab.upgrade("t01", ["kubeadm", "kubelet", "kubectl"]);
    const version = (await room.lab.ssh("t01", "kubeadm version -o short")).stdout.trim();
    assert.notEqual(version, stdout.trim());
    room.set({ version });
    await room.program.up();
    assert.equal(await node(".status.nodeInfo.kubeletVersion"), version);
    assert.equal(await node(".spec.unschedulable"), "");
    assert.ok(!(await room.journal()).some((line) => line.includes("drain of t01")));
    assert.deepEqual(changes(await room.program.up()), []);
  });
});
