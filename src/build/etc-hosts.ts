import { isIP } from "node:net";
import type { Problem } from "../../components/shared/problem";

const hostName =
  /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/;

/**
 * Reads a file in the format of /etc/hosts, such as the one in the CD tree of seeds/004, into the pods' `hostAliases`: address →
 * names. Entries for the machine itself are left out, because every pod has its own.
 */
export function parseHosts(
  text: string,
  file: string,
): { hostAliases: Record<string, string[]>; problems: Problem[] } {
  const hostAliases: Record<string, string[]> = {};
  const problems: Problem[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [address = "", ...names] = line
      .replace(/#.*/, "")
      .split(/\s+/)
      .filter((word) => word !== "");
    if (address === "" || isOwn(address, names)) continue;
    const where = { path: "config", given: `${file}:${index + 1}: ${line.trim()}` };
    if (isIP(address) === 0 || names.length === 0) {
      problems.push({ ...where, allowed: "an IP address and the host names it has" });
      continue;
    }
    const unfit = names.filter((name) => !hostName.test(name));
    if (unfit.length > 0) {
      const allowed = `host names valid in Kubernetes, in lower case; not valid: ${unfit.join(", ")}`;
      problems.push({ ...where, allowed });
      continue;
    }
    hostAliases[address] = [...new Set([...(hostAliases[address] ?? []), ...names])];
  }
  return { hostAliases, problems };
}

/** `127.0.0.1 localhost`, `::1 ip6-localhost`, `ff02::1 ip6-allnodes`: the first lines of every machine's file. */
const isOwn = (address: string, names: readonly string[]): boolean =>
  /^(127\.|::1$|f[ef]0)/i.test(address) &&
  names.every((name) => /^(localhost(\.|$|[0-9])|ip6-)/.test(name));
