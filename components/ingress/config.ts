import { z } from "zod";
import { dnsLabel, domainName, imageByDigest, mapping, mappingOf } from "../shared/config/fields";

const shared = {
  domain: domainName("the domain that host names are made below"),
  class: dnsLabel("an IngressClass").default("nginx"),
};

/** `slipway:ingress`: who leads requests to projects. */
export const IngressConfig = z.discriminatedUnion(
  "controller",
  [
    mapping({
      controller: z.literal("managed"),
      ...shared,
      image: imageByDigest("the controller's image").optional(),
      nodes: mappingOf(
        z.string(),
        z.string("a label's value"),
        "labels of the nodes it runs on",
      ).default({}),
    }),
    mapping({
      controller: z.literal("external"),
      ...shared,
      namespace: dnsLabel("the namespace its pods run in"),
    }),
  ],
  { error: "one of: managed, external" },
);
export type IngressConfig = z.output<typeof IngressConfig>;
