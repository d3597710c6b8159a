/** Who serves the Ingress objects. */
export type Controller =
  /** Ours: Traefik on every node, or on those with the given labels. */
  | {
      kind: "managed";
      image: string;
      nodes: Record<string, string>;
      /** Addresses of proxies in front of it, which are believed what they say of the client. */
      trusted: readonly string[];
      /** Port of the host names that it answers to; absent while nothing does, as on simulated nodes. */
      port?: number;
    }
  /** Somebody else's, in a namespace of this cluster; the class is theirs as well. */
  | { kind: "external"; namespace: string };

export const managedNamespace = "ingress";

export const httpPort = 80;
