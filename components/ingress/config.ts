import { z } from "zod";
import { dnsLabel, domainName, imageByDigest, mappingOf } from "../shared/config/fields";
import { managedOrExternal } from "../shared/config/service";
import { explanations } from "../shared/config/explained";

const shared = {
  domain: domainName("the domain that host names are made below"),
  class: dnsLabel("an IngressClass").default("nginx"),
};

/** `slipway:ingress`: the ingress controller. */
export const IngressConfig = managedOrExternal("controller", shared, {
  managed: {
    image: imageByDigest("the controller's image").optional(),
    nodes: mappingOf(
      z.string(),
      z.string("a label's value"),
      "labels of the nodes it runs on",
    ).default({}),
  },
  external: { namespace: dnsLabel("the namespace its pods run in") },
}).register(explanations, {
  purpose:
    "Which ingress controller routes requests to projects: Traefik that the stack runs (`managed`), or an existing controller (`external`, in its namespace). The `canary` annotations of ingress-nginx set a canary's share behind an Ingress; ingress-nginx supports them, and Traefik from 3.7 on with its nginx provider. For another controller see its own pages; without support for them a canary's Ingress is one more for the same host, and either version may get all requests: use `blueGreen` there",
  example: "slipway:ingress: { controller: managed, domain: shop.example }",
  otherwise: "required; the class is nginx, the image of `managed` Traefik's from Docker Hub",
});
export type IngressConfig = z.output<typeof IngressConfig>;
