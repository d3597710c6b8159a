import { execa } from "execa";
import { BlockList, isIPv4 } from "node:net";
import { z } from "zod";
import { UserError } from "../../components/shared/problem";
import { commands } from "./commands";

/** Addresses of a lab: its own /24 of 10.200.0.0/16, which neither the sandbox nor kubeadm uses. */
export interface LabNetwork {
  /** E.g. `10.200.37.0/24`. */
  readonly cidr: string;
  /** Its third number, which determines the rest. */
  readonly third: number;
  /** This machine's address in the lab. */
  readonly machine: string;
  /** The bridge: the hosts' default route, without a way out, and the registry's address. */
  readonly gateway: string;
  /** Addresses of hosts, in the order of their names in the lab. */
  readonly host: (index: number) => string;
  /** Ten addresses that no host has: for virtual ones. */
  readonly free: readonly string[];
}

/** How many hosts a lab may have. */
export const mostHosts = 150;

const firstHost = 11;
const firstFree = 200;

/** The network with that third number. */
export function labNetwork(third: number): LabNetwork {
  const address = (last: number): string => `10.200.${third}.${last}`;
  return {
    cidr: `10.200.${third}.0/24`,
    third,
    machine: address(1),
    gateway: address(254),
    host: (index) => address(firstHost + index),
    free: Array.from({ length: 10 }, (_, index) => address(firstFree + index)),
  };
}

/**
 * A free network; pure.
 * @param taken addresses and networks in use: `192.0.2.2`, `10.0.0.0/8`. Default routes are ignored.
 * @param seed where to begin, so that labs that start at once rarely collide.
 */
export function chooseNetwork(taken: readonly string[], seed: number): LabNetwork {
  for (let step = 0; step < 256; step += 1) {
    const network = labNetwork((seed + step) % 256);
    if (!taken.some((each) => overlaps(each, network.cidr))) return network;
  }
  throw new UserError(
    [
      "no network is left for a lab of hosts: every /24 of 10.200.0.0/16 is in use",
      "`ip route` and `ip address` show by what",
    ].join("\n"),
  );
}

function overlaps(one: string, other: string): boolean {
  const [a, b] = [split(one), split(other)];
  if (a === undefined || b === undefined) return false;
  const [wide, narrow] = a.prefix <= b.prefix ? [a, b] : [b, a];
  if (wide.prefix === 0) return false;
  const list = new BlockList();
  list.addSubnet(wide.address, wide.prefix, "ipv4");
  return list.check(narrow.address, "ipv4");
}

function split(network: string): { address: string; prefix: number } | undefined {
  const [address = "", prefix = "32"] = network.split("/");
  return isIPv4(address) ? { address, prefix: Number(prefix) } : undefined;
}

const Addresses = z.array(
  z.object({
    addr_info: z
      .array(z.object({ local: z.string().optional(), prefixlen: z.number().optional() }))
      .optional(),
  }),
);
const Routes = z.array(z.object({ dst: z.string() }));

/** Every network that this machine has an address in, or a route to. */
export async function takenNetworks(): Promise<string[]> {
  const ask = async (what: string): Promise<unknown> => {
    const { stdout } = await execa("ip", ["-json", "-4", what, "show"], commands);
    return JSON.parse(stdout === "" ? "[]" : stdout);
  };
  const addresses = Addresses.parse(await ask("address")).flatMap(({ addr_info: all = [] }) => all);
  const own = addresses.map(({ local = "", prefixlen = 32 }) => `${local}/${prefixlen}`);
  return [...own, ...Routes.parse(await ask("route")).map(({ dst }) => dst)];
}

/** A locally administered MAC address for an IPv4 address: the same after each boot. */
export function macOf(address: string): string {
  const bytes = address.split(".").map((each) => Number(each).toString(16).padStart(2, "0"));
  return ["02", "00", ...bytes].join(":");
}
