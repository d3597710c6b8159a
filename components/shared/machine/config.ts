import { z } from "zod";
import {
  hostKey,
  listOf,
  mapping,
  mappingOf,
  oneOf,
  port,
  secretName,
  text,
} from "../config/fields";

/** Pattern of an octet of an IPv4 address. */
export const number = "(25[0-5]|2[0-4]\\d|1?\\d?\\d)";

/** An IPv4 address. */
export const address = text(new RegExp(`^(${number}\\.){3}${number}$`), "an IPv4 address");

const user = text(/^[a-z_][-a-z0-9_]{0,31}$/, "a user of the machine, who becomes root by sudo");

const key = secretName.describe(
  "the secret of the stack that holds the private key to log in with",
);

/** Keys that say how a machine is reached, and override the common ones. */
export const reach = {
  address,
  hostKey,
  user: user.optional(),
  port: port.optional(),
  key: key.optional(),
};

/** Login of all machines. */
export const login = mapping({ user: user.default("slipway"), port: port.default(22), key });

/** Pattern of the name of a machine and of its node. */
export const machineName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Machines by name. */
export const machinesOf = <Shape extends z.core.$ZodShape>(shape: Shape) =>
  mappingOf(
    z.string().regex(machineName, "a machine's name: lower-case letters, digits and dashes"),
    mapping(shape),
    "the machines, by name",
  );

/** Who installs packages on machines. */
export const packages = mapping({
  from: oneOf(["preinstalled", "apt", "dnf"]).default("preinstalled"),
  repositories: listOf(
    text(/^[^\n]+$/, "a line of sources.list, or a base address for dnf"),
    "where packages come from, beside what the machines have already",
  ).default([]),
});
