/** The controller that serves the Ingress objects. */
export type Controller =
  /** Managed: Traefik on every node, or on those with the given labels. */
  | {
      kind: "managed";
      image: string;
      nodes: Record<string, string>;
      /** Addresses of proxies in front of it, whose `X-Forwarded-*` headers it trusts. */
      trusted: readonly string[];
      /** Port that it answers on; absent where nothing answers, as on simulated nodes. */
      port?: number;
    }
  /** External, in a namespace of this cluster, with an IngressClass of its own. */
  | { kind: "external"; namespace: string };

export const managedNamespace = "ingress";

export const httpPort = 80;
