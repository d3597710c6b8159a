import { paths, type UnitContext } from "../context";
import { network } from "../network";
import type { RenderedUnit } from "../unit";
import { objectsUnit } from "./objects";

const health = "127.0.0.1:8181";

/** DNS for pods. */
export function coredns({ layout, binary }: UnitContext): RenderedUnit {
  const { etc, kubeconfig } = paths(layout);
  const config = etc("Corefile");
  return {
    name: "coredns",
    after: [objectsUnit],
    command: [binary("coredns"), "-conf", config],
    files: [
      {
        path: config,
        // Nothing is forwarded, because no network leads out: other names fail at once instead of after a timeout. This also
        // avoids a loop through the host's resolver.
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
