import { paths, type UnitContext } from "../context";
import type { RenderedUnit } from "../unit";
import { apiserverUnit } from "./kube-apiserver";

/** Assigns pods to nodes. */
export function kubeScheduler({ layout, ports, binary }: UnitContext): RenderedUnit {
  const { pki, kubeconfig } = paths(layout);
  const config = kubeconfig("scheduler");
  return {
    name: "kube-scheduler",
    after: [apiserverUnit],
    command: [
      binary("kube-scheduler"),
      `--kubeconfig=${config}`,
      `--authentication-kubeconfig=${config}`,
      `--authorization-kubeconfig=${config}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${ports.scheduler}`,
      `--tls-cert-file=${pki("scheduler-server.crt")}`,
      `--tls-private-key-file=${pki("scheduler-server.key")}`,
      "--profiling=false",
      "--leader-elect=false",
    ],
    ready: {
      kind: "https",
      url: `https://127.0.0.1:${ports.scheduler}/healthz`,
      ca: pki("ca.crt"),
    },
  };
}
