import { dump } from "js-yaml";
import type { KeyPair } from "./certificate";

/** Contents of a kubeconfig; certificates and key are PEM. */
export interface KubeconfigFacts extends KeyPair {
  cluster: string;
  user: string;
  server: string;
  authority: string;
}

/** A kubeconfig that needs no other file: authority, certificate and key are embedded. */
export function kubeconfig(facts: KubeconfigFacts): string {
  const { cluster, user, server, authority, certificate, key } = facts;
  return dump(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        { name: cluster, cluster: { server, "certificate-authority-data": base64(authority) } },
      ],
      users: [
        {
          name: user,
          user: { "client-certificate-data": base64(certificate), "client-key-data": base64(key) },
        },
      ],
      contexts: [{ name: cluster, context: { cluster, user } }],
      "current-context": cluster,
    },
    { lineWidth: -1 },
  );
}

const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");
