import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { settled } from "../../../../components/cluster/control-plane";
import { room } from "../../../support/room";

/** What the cluster reports at one second: node, API server, parts. */
type Second = readonly [node: string, api: string, parts: string];

const all = "etcd-t01=True kube-apiserver-t01=True ";
const whole: Second = ["v1.36.3 True", "ok", all];

describe("a machine that has been upgraded", () => {
  const spec = { ...room(), version: "v1.36.3" };
  const host = spec.hosts.find(({ name }) => name === "t01");
  const worker = spec.hosts.find(({ role }) => role === "worker");
  assert.ok(host !== undefined && worker !== undefined);

  /** Runs the phase's text in a shell with our clock and cluster: one second after the other, the last one forever. */
  const run = (seconds: readonly Second[], about = host): { slept: number; error: string } => {
    const at = (index: number): string =>
      `case $now in ${seconds
        .map((second, number) => {
          const last = number === seconds.length - 1;
          return `${last ? "*" : number}) echo '${second[index] ?? ""}' ;;`;
        })
        .join(" ")} esac`;
    const script = `set -eu
now=0
sleep() { now=$((now + 1)); }
date() { echo $now; }
fail() { printf '%s\\n' "$@" >&2; exit 1; }
k() { case "$*" in *" get node "*) ${at(0)} ;; *readyz*) ${at(1)} ;; *) ${at(2)} ;; esac; }
${settled(spec, about)}
echo $now`;
    const { stdout, stderr } = spawnSync("sh", ["-c", script], { encoding: "utf8" });
    return { slept: Number(stdout), error: stderr };
  };

  it("is passed by when a control plane has been whole for a while", () => {
    assert.deepEqual(run([whole]), { slept: 14, error: "" });
  });

  it("is passed by at once when it is a worker that is ready", () => {
    assert.deepEqual(run([["v1.36.3 True", "", ""]], worker), { slept: 0, error: "" });
  });

  const relapses: [what: string, second: Second][] = [
    ["its kubelet is of the older version", ["v1.35.4 True", "ok", all]],
    ["its node is not ready", ["v1.36.3 False", "ok", all]],
    ["its API server waits for etcd", ["v1.36.3 True", "[-]etcd failed", all]],
    ["one part is not ready", ["v1.36.3 True", "ok", "etcd-t01=True kube-apiserver-t01=False "]],
    ["one part has no state yet", ["v1.36.3 True", "ok", "etcd-t01=True kube-apiserver-t01= "]],
    ["its parts are not known", ["v1.36.3 True", "ok", ""]],
    ["the API cannot be asked", ["v1.36.3 True", "ok", "Unable to connect to the server"]],
  ];
  for (const [what, second] of relapses)
    it(`is waited for from the beginning when ${what}`, () => {
      assert.equal(run([whole, whole, second, whole]).slept, 17);
    });

  it("that does not become complete is reported with what it lacks", () => {
    const { error } = run([["v1.36.3 False", "ok", all]]);
    assert.match(error, /t01 is not ready in v1\.36\.3 after 10 minutes;\n.*: v1\.36\.3 False\n/);
    const parts = run([["v1.36.3 True", "ok", "etcd-t01=False "]]).error;
    assert.match(parts, /of its parts not every one is ready: etcd-t01=False/);
  });
});
