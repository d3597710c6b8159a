import { apiUrl, paths, type UnitContext } from "../context";
import { network } from "../network";
import type { RenderedUnit } from "../unit";

/** Name of the unit that all API clients depend on. */
export const apiserverUnit = "kube-apiserver";

/** The Kubernetes API: TLS and RBAC, no anonymous access, default admission and NodeRestriction. */
export function kubeApiserver({ layout, ports, binary, mode }: UnitContext): RenderedUnit {
  const { pki } = paths(layout);
  return {
    name: apiserverUnit,
    after: ["etcd"],
    command: [
      binary("kube-apiserver"),
      `--secure-port=${ports.apiserver}`,
      ...(mode === "isolated" ? reachableFromPods : loopbackOnly),
      `--service-cluster-ip-range=${network.services}`,
      "--anonymous-auth=false",
      "--authorization-mode=Node,RBAC",
      "--enable-admission-plugins=NodeRestriction",
      "--profiling=false",
      "--allow-privileged=true",
      `--client-ca-file=${pki("ca.crt")}`,
      `--tls-cert-file=${pki("apiserver.crt")}`,
      `--tls-private-key-file=${pki("apiserver.key")}`,
      `--etcd-servers=https://127.0.0.1:${ports.etcd}`,
      `--etcd-cafile=${pki("etcd-ca.crt")}`,
      `--etcd-certfile=${pki("apiserver-etcd-client.crt")}`,
      `--etcd-keyfile=${pki("apiserver-etcd-client.key")}`,
      "--kubelet-preferred-address-types=InternalIP",
      `--kubelet-certificate-authority=${pki("ca.crt")}`,
      `--kubelet-client-certificate=${pki("apiserver-kubelet-client.crt")}`,
      `--kubelet-client-key=${pki("apiserver-kubelet-client.key")}`,
      `--requestheader-client-ca-file=${pki("front-proxy-ca.crt")}`,
      "--requestheader-allowed-names=front-proxy-client",
      "--requestheader-username-headers=X-Remote-User",
      "--requestheader-group-headers=X-Remote-Group",
      "--requestheader-extra-headers-prefix=X-Remote-Extra-",
      `--proxy-client-cert-file=${pki("front-proxy-client.crt")}`,
      `--proxy-client-key-file=${pki("front-proxy-client.key")}`,
      `--service-account-issuer=https://kubernetes.default.svc.${network.domain}`,
      `--service-account-signing-key-file=${pki("service-account.key")}`,
      `--service-account-key-file=${pki("service-account.pub")}`,
    ],
    ready: {
      kind: "https",
      url: `${apiUrl(ports)}/readyz`,
      ca: pki("ca.crt"),
      cert: pki("super-admin.crt"),
      key: pki("super-admin.key"),
    },
    stopSeconds: 3,
  };
}

/** In its own network namespace: pods reach the node's address through the Service `kubernetes`. */
const reachableFromPods = ["--bind-address=0.0.0.0", `--advertise-address=${network.node}`];

/** An endpoint must not be a loopback address, and there are no real pods to use one: the Service `kubernetes` has none. */
const loopbackOnly = [
  "--bind-address=127.0.0.1",
  "--advertise-address=127.0.0.1",
  "--endpoint-reconciler-type=none",
];
