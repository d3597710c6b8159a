import { BlockList } from "node:net";
import type { Machine, SpecProblem } from "./machine";

/** Whether an IPv4 address is in a network such as `10.244.0.0/16`. */
export function isIn(address: string, network: string): boolean {
  const [base = "", prefix = ""] = network.split("/");
  const list = new BlockList();
  list.addSubnet(base, Number(prefix), "ipv4");
  return list.check(address, "ipv4");
}

/** Machines that have the address of another. */
export function sharedAddresses(hosts: readonly Machine[]): SpecProblem[] {
  const owner = new Map<string, string>();
  return hosts.flatMap(({ name, address }) => {
    const other = owner.get(address);
    if (other === undefined) {
      owner.set(address, name);
      return [];
    }
    const allowed = `an address of its own; ${other} has it`;
    return [{ path: ["hosts", name, "address"], given: address, allowed }];
  });
}

/** Problem of an address inside one of the networks, which are given by purpose. */
export const insideNetworks = (
  { path, given, fix }: { path: readonly string[]; given: string; fix?: string },
  networks: Readonly<Record<string, string>>,
): SpecProblem[] =>
  Object.entries(networks)
    .filter(([, range]) => isIn(given, range))
    .map(([network, range]) => ({
      path,
      given,
      allowed: `an address outside the network of the ${network}, ${range}`,
      ...(fix === undefined ? {} : { fix }),
    }));
