import { addressOf } from "../../components/app/network";
import type { AppSpec } from "../../components/app/spec";
import type { Quota } from "../../components/namespace/namespace";
import {
  imageRepository,
  kubernetesName,
  nodePortPairs,
  reservedNames,
} from "../../components/shared/names";
import type { Problem } from "../../components/shared/problem";
import { byteCount, millicores } from "../../components/shared/units";
import type { CatalogueEntry } from "./catalogue";
import { place, type Document } from "../../components/shared/config/document";
import type { Resolved } from "./resolve";

/** Names that two projects share, or that the platform reserves. It checks every project of the checkout. */
export function nameProblems(entries: readonly CatalogueEntry[], system = ""): Problem[] {
  const reserved = entries
    .filter(({ file }) => reservedNames(system).includes(kubernetesName(file.name)))
    .map(({ document, file }) =>
      place(document, ["name"], {
        given: file.name,
        allowed: `a name that does not become \`${kubernetesName(file.name)}\`, which the platform uses itself`,
        fix: "rename the project in Gitea and here",
      }),
    );
  const folded = (what: string, fold: (entry: CatalogueEntry) => string): Problem[] =>
    duplicates(entries, (entry) => [fold(entry)]).map(([name, first, second]) =>
      place(second.document, ["name"], {
        given: second.file.name,
        allowed: `a name of its own: as ${what} it becomes \`${name}\`, and so does ${first.file.name}`,
        fix: "rename one of the two in Gitea and here",
      }),
    );
  const objects = folded("a Kubernetes name", ({ file }) => kubernetesName(file.name));
  const images = folded("an image repository", ({ file }) =>
    imageRepository(file.group ?? file.kind, file.name),
  );
  // Names that clash as objects mostly clash as images too; one report is enough.
  return [...reserved, ...(objects.length > 0 ? objects : images)];
}

/** Host names, with their paths, and NodePorts that two projects of a stack use. */
export function exposureProblems(
  projects: readonly Resolved[],
  base: number | undefined,
): Problem[] {
  // Projects with the same name have been reported, and clash in everything else too.
  const distinct = [...new Map(projects.map((project) => [project.name, project])).values()];
  const places = ({ spec: { hosts, path } }: Resolved): string[] =>
    hosts.map((host) => addressOf(host, path));
  const hosts = duplicates(distinct, places).map(([given, first, second]) =>
    place(second.document, ["hosts"], {
      given,
      allowed: `a host name of its own, or a path of its own below it: ${first.spec.project} has this one`,
      fix: "change `hosts` or `path` of one of the two",
    }),
  );
  if (base === undefined) return hosts;
  const taken = new Set(distinct.map(({ spec }) => spec.nodePort));
  const free = Array.from({ length: nodePortPairs }, (_, index) => index + 1).filter(
    (pair) => !taken.has(base + pair),
  );
  const nodePorts = duplicates(distinct, ({ spec }) => spec.nodePort ?? []);
  return [
    ...hosts,
    ...nodePorts.map(([port, first, second], index) =>
      place(second.document, ["nodePort"], {
        given: port - base,
        allowed: `a pair of NodePorts of its own: ${first.spec.project} has ${port} as well`,
        fix:
          free[index] === undefined
            ? "no number is free"
            : `add \`nodePort: ${free[index]}\`, the next that is free`,
      }),
    ),
  ];
}

/** Maximum number of a project's pods during a release. */
function mostPods({ replicas, autoscale, strategy, check, prepull }: AppSpec): number {
  const steady = autoscale?.max ?? replicas;
  const asking = check === undefined ? 0 : 1;
  // The pull has one pod per node; their number is unknown here, so it counts as one.
  const pulling = prepull ? 1 : 0;
  const second = { rolling: 1, recreate: 0, blueGreen: replicas + 1, canary: replicas + 1 };
  return steady + second[strategy.kind] + asking + pulling;
}

/** Problems if the projects of a stack exceed its quota, with the additional pods of a release. */
export function quotaProblems(
  stack: Document,
  projects: readonly Resolved[],
  quota: Quota,
): Problem[] {
  const pods = mostPods;
  const total = (amount: (spec: AppSpec) => number) =>
    projects.reduce((sum, { spec }) => sum + amount(spec), 0);
  const cpu = total((spec) => pods(spec) * millicores(spec.resources.requests.cpu));
  const memory = total((spec) => pods(spec) * byteCount(spec.resources.requests.memory));
  const needs: { key: keyof Quota; fits: boolean; needed: string }[] = [
    { key: "cpu", fits: cpu <= millicores(quota.cpu), needed: String(Math.ceil(cpu / 1000)) },
    {
      key: "memory",
      fits: memory <= byteCount(quota.memory),
      needed: `${Math.ceil(memory / 2 ** 30)}Gi`,
    },
    { key: "pods", fits: total(pods) <= quota.pods, needed: String(total(pods)) },
    {
      key: "volumes",
      fits: total(({ volumes }) => Object.keys(volumes).length) <= quota.volumes,
      needed: String(total(({ volumes }) => Object.keys(volumes).length)),
    },
  ];
  return needs
    .filter(({ fits }) => !fits)
    .map(({ key, needed }) =>
      place(stack, ["quota", key], {
        given: quota[key],
        allowed: `at least ${needed}, what its projects need while they are all updated`,
        fix: "raise it, or lower what the projects request",
      }),
    );
}

/** Keys that more than one item has, each with the first item and a later one. */
function duplicates<Item, Key>(
  items: readonly Item[],
  keysOf: (item: Item) => Key | readonly Key[],
): [Key, Item, Item][] {
  const owners = new Map<Key, Item>();
  const found: [Key, Item, Item][] = [];
  for (const item of items) {
    for (const key of [keysOf(item)].flat() as Key[]) {
      const owner = owners.get(key);
      if (owner === undefined) owners.set(key, item);
      else found.push([key, owner, item]);
    }
  }
  return found;
}
