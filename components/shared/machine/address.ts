import { BlockList } from "node:net";

/** Whether an IPv4 address is in a network such as `10.244.0.0/16`. */
export function isIn(address: string, network: string): boolean {
  const [base = "", prefix = ""] = network.split("/");
  const list = new BlockList();
  list.addSubnet(base, Number(prefix), "ipv4");
  return list.check(address, "ipv4");
}
