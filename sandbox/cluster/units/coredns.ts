import { paths, type Context } from "../context";
import { network } from "../network";
import type { RenderedUnit } from "../unit";
import { objectsUnit } from "./objects";

const health = "127.0.0.1:8181";

/** Name service for pods. */
export function coredns({ layout, binary }: Context): RenderedUnit {
  const { etc, kubeconfig } = paths(layout);
  const config = etc("Corefile");
  return {
    name: "coredns",
    after: [objectsUnit],
    command: [binary("coredns"), "-conf", config],
    files: [
      {
        path: config,
        // Nothing is forwarded, for nothing leads out: other names do not exist, which is said at once instead of after
        // a timeout. So there is no resolver of the host's to loop through either.
        text: `${network.domain}:53 in-addr.arpa:53 ip6.arpa:53 {
    errors
    ready ${health}
    kubernetes ${network.domain} in-addr.arpa ip6.arpa {
        kubeconfig ${kubeconfig("coredns")}
        pods insecure
        ttl 5
    }
    loadbalance
}
.:53 {
    errors
    template ANY ANY {
        rcode NXDOMAIN
    }
}
`,
      },
    ],
    ready: { kind: "http", url: `http://${health}/ready` },
  };
}
