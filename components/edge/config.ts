import { z } from "zod";
import { flag, listOf, mapping, mappingOf, port, secretName, text } from "../shared/config/fields";
import { address, login, machinesOf, number, packages, reach } from "../shared/machine/config";
import { explanations } from "../shared/config/explained";

const network = text(
  new RegExp(`^(${number}\\.){3}${number}/([12]?\\d|3[0-2])$`),
  "an IPv4 network such as 10.0.0.0/8; one machine is a network of 32 bits",
);
const label = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";

const secretOfTheCluster = text(
  new RegExp(`^${label}/${label}(\\.${label})*$`),
  "namespace and name of a Secret of type kubernetes.io/tls in the cluster: shop/shop-tls",
);

/** `slipway:edge`: machines in front of the cluster that share one address. */
export const EdgeConfig = mapping({
  address,
  ssh: login.optional(),
  packages: packages.optional(),
  hosts: machinesOf({
    ...reach,
    absent: flag("whether it leaves the edge").default(false),
  }),
  nodes: listOf(address, "addresses of the nodes that requests are led to").optional(),
  ingress: mapping({ http: port.default(80) }).prefault({}),
  certificates: mappingOf(
    z
      .string()
      .regex(
        new RegExp(`^(\\*\\.)?${label}(\\.${label})+$`),
        "a host name, or *. and a domain for all directly below it",
      ),
    mapping({
      secret: secretName.optional(),
      from: secretOfTheCluster.optional(),
    }).refine(
      ({ secret, from }) => (secret === undefined) !== (from === undefined),
      "{secret: <a secret of the stack>} or {from: <namespace>/<name>}, one of the two",
    ),
    "certificates, by the host name that each is for",
  ).default({}),
  redirect: flag("whether HTTP is sent to HTTPS where there is a certificate").default(false),
  allow: mappingOf(
    z.string().regex(new RegExp(`^${label}(\\.${label})*$`), "a host name"),
    listOf(network, "networks that it answers to").min(1, "at least one network"),
    "host names that not everybody may ask for",
  ).default({}),
  api: port.optional(),
});
export type EdgeConfig = z.output<typeof EdgeConfig>;

/** The stack key `slipway:edge`. */
export const edgeConfig = {
  edge: EdgeConfig.optional().register(explanations, {
    purpose:
      "Machines in front of the cluster that share one address; see [the edge](edge.md). Without `ssh` or `packages` those of the cluster apply, if it is of kind `hosts`; the defaults below are those of a given one",
    example:
      "slipway:edge:\n  address: 10.0.0.10\n  ssh: { key: roomKey }\n  nodes: [10.0.0.21, 10.0.0.22]\n  hosts:\n    edge1: { address: 10.0.0.11, hostKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh }\n    edge2: { address: 10.0.0.12, hostKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJi }",
    otherwise: "none",
  }),
};
