import { paths, type UnitContext } from "../context";
import type { RenderedUnit } from "../unit";

/** The store behind the API server: one member, mutual TLS on the loopback. */
export function etcd({ layout, ports, binary }: UnitContext): RenderedUnit {
  const { pki, data } = paths(layout);
  const client = `https://127.0.0.1:${ports.etcd}`;
  const peer = `https://127.0.0.1:${ports.etcdPeer}`;
  return {
    name: "etcd",
    after: [],
    command: [
      binary("etcd"),
      "--name=slipway",
      `--data-dir=${data("etcd")}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=slipway=${peer}`,
      "--client-cert-auth",
      `--trusted-ca-file=${pki("etcd-ca.crt")}`,
      `--cert-file=${pki("etcd.crt")}`,
      `--key-file=${pki("etcd.key")}`,
      "--peer-client-cert-auth",
      `--peer-trusted-ca-file=${pki("etcd-ca.crt")}`,
      `--peer-cert-file=${pki("etcd.crt")}`,
      `--peer-key-file=${pki("etcd.key")}`,
      // A sandbox is disposable: a power cut may lose its data, and in return every write is several times faster.
      "--unsafe-no-fsync",
      "--log-level=warn",
    ],
    ready: {
      kind: "https",
      url: `${client}/health`,
      ca: pki("etcd-ca.crt"),
      cert: pki("apiserver-etcd-client.crt"),
      key: pki("apiserver-etcd-client.key"),
    },
  };
}
