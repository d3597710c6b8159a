import { paths, type UnitContext } from "../context";
import type { RenderedUnit } from "../unit";
import { apiserverUnit } from "./kube-apiserver";

/** The controllers of Kubernetes, each with its own ServiceAccount. */
export function kubeControllerManager({ layout, ports, binary }: UnitContext): RenderedUnit {
  const { pki, kubeconfig } = paths(layout);
  const config = kubeconfig("controller-manager");
  return {
    name: "kube-controller-manager",
    after: [apiserverUnit],
    command: [
      binary("kube-controller-manager"),
      `--kubeconfig=${config}`,
      `--authentication-kubeconfig=${config}`,
      `--authorization-kubeconfig=${config}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${ports.controllerManager}`,
      `--tls-cert-file=${pki("controller-manager-server.crt")}`,
      `--tls-private-key-file=${pki("controller-manager-server.key")}`,
      "--profiling=false",
      // There is only one, and waiting for a lease takes most of a start's time.
      "--leader-elect=false",
      "--use-service-account-credentials",
      // At the default of 20 requests a second, the first start spends four seconds on creating its controllers' ServiceAccounts.
      "--kube-api-qps=200",
      "--kube-api-burst=400",
      `--root-ca-file=${pki("ca.crt")}`,
      `--service-account-private-key-file=${pki("service-account.key")}`,
      `--cluster-signing-cert-file=${pki("ca.crt")}`,
      `--cluster-signing-key-file=${pki("ca.key")}`,
    ],
    ready: {
      kind: "https",
      url: `https://127.0.0.1:${ports.controllerManager}/healthz`,
      ca: pki("ca.crt"),
    },
  };
}
